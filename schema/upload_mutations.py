"""Mutations of uploads."""

from datetime import datetime
from typing import Annotated

import strawberry

from errors import RequestError
from resolvers.uploads import Upload, begin_upload
from schema.errors import Payload, user_errors
from schema.nodes import Info


@strawberry.type(description="An upload link and its conditions.")
class TakeUpload:
    """The GraphQL type of resolvers.uploads.Upload."""

    take_id: strawberry.ID = strawberry.field(
        description="The ID of the take that the upload creates."
    )
    url: str = strawberry.field(
        description="URL for an HTTP PUT with the file as the body. No additional headers are "
        "needed. It accepts one picture; sending the same picture again has no "
        "effect."
    )
    expires_at: datetime = strawberry.field(
        description="When the link expires. The upload must begin before."
    )
    max_size_bytes: int = strawberry.field(
        description="Maximum file size in bytes. Larger files are rejected with 413."
    )
    media_types: list[str] = strawberry.field(
        description="Accepted file types, detected from the content. Others are rejected with 415."
    )


@strawberry.type(description="Result of `uploadTake`.")
class UploadTakePayload(Payload):
    """The link, or the errors."""

    upload_row: strawberry.Private[Upload | None] = None

    @strawberry.field(description="The upload link. Null on error.", graphql_type=TakeUpload | None)
    def upload(self) -> Upload | None:
        "The item."
        return self.upload_row


@strawberry.type
class UploadMutations:
    """The part of Mutation about uploads."""

    @strawberry.mutation(
        description="Returns a link to upload your own picture for a shot. After an HTTP PUT of "
        "the file to it, the picture is the selected take."
    )
    async def upload_take(
        self,
        info: Info,
        shot_id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the shot.")],
    ) -> UploadTakePayload:
        """Return an upload link."""
        try:
            return UploadTakePayload(upload_row=await begin_upload(info.context, shot_id))
        except RequestError as error:
            return UploadTakePayload(user_errors=user_errors(error, subject=("shotId",)))
