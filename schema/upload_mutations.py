"""What can be done about pictures of one's own."""

from datetime import datetime
from typing import Annotated

import strawberry

from errors import RequestError
from resolvers.uploads import Upload, begin_upload
from schema.errors import Payload, user_errors
from schema.nodes import Info


@strawberry.type(description="Where to send a picture of one's own, and what is taken there.")
class TakeUpload:
    """The GraphQL face of resolvers.uploads.Upload."""

    take_id: strawberry.ID = strawberry.field(
        description="The id of the take that the picture will be."
    )
    url: str = strawberry.field(
        description="Send the bare bytes here with HTTP PUT; no other header is needed. It is good "
        "for one picture: the same one again changes nothing."
    )
    expires_at: datetime = strawberry.field(
        description="By then the PUT must have begun; afterwards ask for another link."
    )
    max_size_bytes: int = strawberry.field(description="A larger file is answered with 413.")
    media_types: list[str] = strawberry.field(
        description="What the file may be; the bytes tell, no header. Others are answered with 415."
    )


@strawberry.type(description="The answer of `uploadTake`.")
class UploadTakePayload(Payload):
    """The link, or why there is none."""

    upload_row: strawberry.Private[Upload | None] = None

    @strawberry.field(
        description="Where to send the picture; null if failed.", graphql_type=TakeUpload | None
    )
    def upload(self) -> Upload | None:
        """The row."""
        return self.upload_row


@strawberry.type
class UploadMutations:
    """The part of Mutation about pictures of one's own."""

    @strawberry.mutation(
        description="Give a shot a picture of your own: this answers a link, and an HTTP PUT of "
        "the file to it makes the picture the shot's current take. Nothing changes before."
    )
    async def upload_take(
        self,
        info: Info,
        shot_id: Annotated[strawberry.ID, strawberry.argument(description="The shot's id.")],
    ) -> UploadTakePayload:
        """Answer a link."""
        try:
            return UploadTakePayload(upload_row=await begin_upload(info.context, shot_id))
        except RequestError as error:
            return UploadTakePayload(user_errors=user_errors(error, subject=("shotId",)))
