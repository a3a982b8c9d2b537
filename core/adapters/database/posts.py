from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import bindparam, select

from core.adapters.database.engine import insert_into
from core.adapters.database.statements import Statement
from core.adapters.database.tables import posts
from core.adapters.database.transaction import Transaction
from core.domain.mapping import MappingId
from core.interfaces import Post, PostRole

_OF: Final = Statement(select(posts).where(posts.c.mapping_id == bindparam("mapping_id")).order_by(posts.c.id))


@dataclass(frozen=True, slots=True)
class SqlPosts:
    """Every message that shows a mapping."""

    transaction: Transaction

    async def of(self, mapping_id: MappingId) -> Sequence[Post]:
        """List the messages of a mapping, in the order they were posted."""
        rows = await self.transaction.rows(_OF, {"mapping_id": mapping_id})
        return [Post(MappingId(row.mapping_id), PostRole(row.role), row.channel, row.ts) for row in rows]

    async def put(self, post: Post) -> None:
        """Remember a message, in the place of an earlier one of its role and channel."""
        values = {"mapping_id": post.mapping_id, "role": str(post.role), "channel": post.channel, "ts": post.ts}
        await self.transaction.write(_put(self.transaction.backend), values)


@cache
def _put(backend: str) -> Statement:
    put = insert_into(posts, backend)
    place = [posts.c.mapping_id, posts.c.role, posts.c.channel]
    return Statement(put.on_conflict_do_update(index_elements=place, set_={"ts": put.excluded.ts}))
