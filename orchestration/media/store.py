"""Stores pictures, films and subtitles: in a local folder or on S3, behind one interface.

Keys are generated only here; a key from outside passes `parse_key` first. An object is written once
and never changed, so its address may be cached for ever.
"""

import asyncio
import contextlib
import hashlib
import re
import shutil
from collections.abc import AsyncIterator, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store
from uuid_utils.compat import uuid7

from errors import DiskFullError, NotFoundError, ProviderUnavailableError, SetupError
from orchestration.disk import is_full_disk
from orchestration.media.s3 import open_s3, proxy_for
from orchestration.media.variants import PICTURE_SUFFIXES, VARIANT, variant_keys
from orchestration.outbound import Proxy

MEDIA_TYPES: Final = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}
"""The stored types; the type is read from the key, because a local folder has no types."""
_SUFFIXES: Final = {media_type: suffix for suffix, media_type in MEDIA_TYPES.items()}
_READ_TYPES: Final = {**MEDIA_TYPES, ".avif": "image/avif"}
"""With the type that only variants of pictures have."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STORY_ID = re.compile(_UUID)
_KEY = re.compile(rf"stories/{_UUID}/{_UUID}\.(?:jpg|png|webp|mp4|wav|mp3|srt|vtt)")
_VARIANT_KEY = re.compile(rf"stories/{_UUID}/{_UUID}\.{VARIANT}")
_PROBE_KEY = f"stories/{UUID(int=0)}/{UUID(int=0)}.jpg"
"""A key like any other, of no story."""
_PROBE_BYTES = 256 * 1024
DERIVED_VERSION = 5
"""Of UUIDs, by RFC 9562: made of a name."""
_CHUNK_BYTES = 512 * 1024
_PART_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """The properties of an object for an HTTP response; `etag` includes its quotes."""

    size_bytes: int
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store, and when it was stored."""

    key: str
    size_bytes: int
    stored_at: datetime

    @property
    def name(self) -> UUID:
        """The name given by its claim."""
        return UUID(self.key.rpartition("/")[2].partition(".")[0])

    @property
    def is_derived(self) -> bool:
        """Whether its key was derived from its content, as by `derived_key`."""
        return self.name.version == DERIVED_VERSION

    def is_variant_of(self, keys: Collection[str]) -> bool:
        """Whether it is a variant of one of these pictures."""
        return _VARIANT_KEY.fullmatch(self.key) is not None and any(
            f"{self.key.partition('.')[0]}{suffix}" in keys for suffix in PICTURE_SUFFIXES
        )


def new_key(story_id: str, suffix: str) -> str:
    """A fresh, unguessable key for an object of the story.

    Raises:
        ValueError: The ID is not a UUID, or the suffix is not supported.
    """
    return store_key(story_id, uuid7(), suffix)


def derived_key(story_id: str, name: str, suffix: str) -> str:
    """The key for an object of the story that is found by its content.

    Raises:
        ValueError: The ID is not a UUID, or the suffix is not supported.
    """
    return store_key(story_id, uuid5(UUID(story_id), name), suffix)


def store_key(story_id: str, store: UUID, suffix: str) -> str:
    """The key under which a claim of work stores its result; `store` is the claim's own name.

    Raises:
        ValueError: The ID is not a UUID, or the suffix is not supported.
    """
    if not _STORY_ID.fullmatch(story_id) or suffix not in MEDIA_TYPES:
        raise ValueError(f"No key for {story_id!r} and {suffix!r}.")
    return f"stories/{story_id}/{store}{suffix}"


def parse_key(text: str) -> str:
    """The key, if it has the form of one; variants have no address of their own.

    Raises:
        NotFoundError: It does not.
    """
    if not _KEY.fullmatch(text):
        raise NotFoundError("Media file not found.")
    return text


def _parse_stored(key: str) -> str:
    return key if _VARIANT_KEY.fullmatch(key) else parse_key(key)


def media_type_of(key: str) -> str:
    """The media type of the key's suffix."""
    return _READ_TYPES[key[key.rindex(".") :]]


def suffix_of(media_type: str) -> str:
    """The suffix of keys for this media type, which must be supported."""
    return _SUFFIXES[media_type]


def digest(content: bytes) -> str:
    """The SHA-256 of the content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


async def digest_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal, read off the event loop."""

    def read() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return await asyncio.to_thread(read)


class MediaStore:
    """Objects by key. Every method validates its key, and may be called concurrently.

    In addition to the errors of each method, all raise ProviderUnavailableError if the storage
    backend does not respond or refuses, and those that write raise DiskFullError if it is full.
    """

    def __init__(self, store: LocalStore | S3Store, *, proxy: Proxy | None = None) -> None:
        """With a `proxy`, the store is accessed through it."""
        self._store = store
        self._folder = None if isinstance(store, S3Store) else Path(str(store.prefix))
        self._way = f" through {proxy.label}" if proxy else ""

    @classmethod
    def open(cls, location: str, *, s3_options: Mapping[str, str] | None = None) -> "MediaStore":
        """A store in a folder (created if missing) or under `s3://bucket/prefix`.

        `s3_options` are obstore's S3 settings (`endpoint`, `region`, `access_key_id`, ...); the
        rest comes from the AWS_* environment.

        Raises:
            SetupError: The folder cannot be created, or the address is invalid.
        """
        if location.startswith("s3://"):
            options = s3_options or {}
            proxy = proxy_for(location, options)
            return cls(open_s3(location, options, proxy), proxy=proxy)
        if "://" in location:
            raise SetupError("AI_STORY_MEDIA_URL must be a folder or s3://bucket/prefix.")
        try:
            store = LocalStore(Path(location).absolute(), automatic_cleanup=True, mkdir=True)
        except (BaseError, OSError) as error:
            raise SetupError(f"Cannot use the media folder {location}: {error}") from error
        return cls(store)

    async def put_bytes(self, key: str, content: bytes) -> None:
        """Store the content; readers see all of it or nothing."""
        await self._put(key, content)

    async def check(self) -> None:
        """Write a file of the size of a picture, and read it back."""
        await self._put(_PROBE_KEY, bytes(_PROBE_BYTES))
        await self.head(_PROBE_KEY)

    async def put_file(self, key: str, path: Path) -> None:
        """Store a file of any size in parts; readers see all of it or nothing.

        Raises:
            FileNotFoundError: There is no file at the path.
        """
        if not await asyncio.to_thread(path.is_file):
            raise FileNotFoundError(path)
        await self._put(key, path)

    async def head(self, key: str) -> MediaInfo:
        """Size, type and etag of the object.

        Raises:
            NotFoundError: It does not exist.
        """
        with self._translated_errors():
            meta = await self._store.head_async(_parse_stored(key))
        tag = (meta["e_tag"] or f"{meta['size']:x}").strip('"')
        return MediaInfo(meta["size"], media_type_of(key), f'"{tag}"')

    async def get_bytes(self, key: str) -> bytes:
        """The whole object, for small ones such as pictures.

        Raises:
            NotFoundError: It does not exist.
        """
        with self._translated_errors():
            result = await self._store.get_async(_parse_stored(key))
            return bytes(await result.bytes_async())

    async def read_range(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to `end` (exclusive), in chunks of bounded size.

        Raises:
            NotFoundError: The object does not exist.
            ValueError: The range is empty or negative.
        """
        if not 0 <= start < end:
            raise ValueError(f"No bytes from {start} to {end}.")
        async for piece in self._pieces(_parse_stored(key), start, end):
            yield piece

    async def fetch_to_file(self, key: str, path: Path) -> None:
        """Copy the object to a file, which appears only when it is complete.

        Raises:
            NotFoundError: It does not exist.
        """
        info = await self.head(key)
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as file:
                async for piece in self._pieces(key, 0, info.size_bytes):
                    await asyncio.to_thread(file.write, piece)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete the objects, and the variants of pictures; missing ones are ignored."""
        await self._delete_paths([_parse_stored(key) for key in keys])
        # After them: who stores a variant looks afterwards whether its picture is still there.
        await self._delete_paths(await self._variants_of(keys))

    async def has(self, key: str) -> bool:
        """Whether the object exists."""
        try:
            await self.head(key)
        except NotFoundError:
            return False
        return True

    async def list_story_ids(self) -> list[UUID]:
        """The stories with stored objects."""
        with self._translated_errors():
            found = await self._store.list_with_delimiter_async("stories")  # pyright: ignore[reportUnknownMemberType]
        names = [path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"]]
        return [UUID(name) for name in names if _STORY_ID.fullmatch(name)]

    async def list_files(self, story_id: UUID) -> list[StoredFile]:
        """The stored objects of the story."""
        files: list[StoredFile] = []
        with self._translated_errors():
            async for found in self._store.list(f"stories/{story_id}"):  # pyright: ignore[reportUnknownMemberType]
                files += [
                    StoredFile(meta["path"], meta["size"], meta["last_modified"])
                    for meta in found
                    if _KEY.fullmatch(meta["path"]) or _VARIANT_KEY.fullmatch(meta["path"])
                ]
        return files

    async def delete_story(self, story_id: str) -> None:
        """Delete all objects of the story; idempotent.

        Raises:
            NotFoundError: The ID is not a UUID.
        """
        if not _STORY_ID.fullmatch(story_id):
            raise NotFoundError("Story not found.")
        prefix = f"stories/{story_id}"
        with self._translated_errors():
            if self._folder is not None:
                with contextlib.suppress(FileNotFoundError):
                    await asyncio.to_thread(shutil.rmtree, self._folder / prefix)
                return
            async for found in self._store.list(prefix):  # pyright: ignore[reportUnknownMemberType]
                await self._delete_paths([meta["path"] for meta in found])

    async def _pieces(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        # One request each: a slow reader of a long film must not exceed the request's timeout.
        for at in range(start, end, _CHUNK_BYTES):
            with self._translated_errors():
                piece = await self._store.get_range_async(
                    key, start=at, end=min(at + _CHUNK_BYTES, end)
                )
            yield bytes(piece)

    async def _put(self, key: str, content: bytes | Path) -> None:
        attributes = {"Content-Type": media_type_of(_parse_stored(key))}
        keeps_attributes = isinstance(self._store, S3Store)
        try:
            await self._store.put_async(
                key,
                content,
                attributes=attributes if keeps_attributes else None,
                chunk_size=_PART_BYTES,
                max_concurrency=2,
            )
        except (BaseError, OSError) as error:
            if is_full_disk(error):
                raise DiskFullError(
                    "The media store is full. Make room there; the work then continues."
                ) from error
            # "Not found" here means the bucket or the folder.
            raise ProviderUnavailableError(
                f"The media store did not accept the file{self._way}."
            ) from error

    async def _variants_of(self, keys: Sequence[str]) -> list[str]:
        """The variants of pictures: all that there are in a folder, all that may be in a bucket."""
        if self._folder is None:
            return variant_keys(keys)
        return await asyncio.to_thread(_present, variant_keys(keys), self._folder)

    async def _delete_paths(self, paths: Sequence[str]) -> None:
        if not paths:
            return
        with self._translated_errors():
            if self._folder is None:
                await self._store.delete_async(paths)
                return
            for path in paths:
                # A folder refuses to delete missing files; S3 does not.
                with contextlib.suppress(FileNotFoundError):
                    await self._store.delete_async(path)
            await asyncio.to_thread(_delete_unfinished, [self._folder / path for path in paths])

    @contextlib.contextmanager
    def _translated_errors(self) -> Generator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise NotFoundError("Media file not found.") from error
        except (BaseError, OSError) as error:
            raise ProviderUnavailableError(
                f"The media store does not answer{self._way}."
            ) from error


def _present(keys: Sequence[str], folder: Path) -> list[str]:
    return [key for key in keys if (folder / key).exists()]


def _delete_unfinished(files: Sequence[Path]) -> None:
    """Delete the files of killed writers: in a folder they write to NAME#1, which obstore hides."""
    for file in files:
        for pattern in (f"{file.name}#*", f"{file.stem}.w*#*"):
            for part in file.parent.glob(pattern):
                part.unlink(missing_ok=True)
