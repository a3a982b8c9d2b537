from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.adapters.database.tables import posts
from core.adapters.database.transaction import Transaction
from core.domain.mapping import MappingId
from core.interfaces import Post, PostRole


@dataclass(frozen=True, slots=True)
class SqlPosts:
    """Every message that shows a mapping."""

    transaction: Transaction

    async def of(self, mapping_id: MappingId) -> Sequence[Post]:
        """List the messages of a mapping, in the order they were posted."""
        rows = await self.transaction.rows(select(posts).where(posts.c.mapping_id == mapping_id).order_by(posts.c.id))
        return [Post(MappingId(row.mapping_id), PostRole(row.role), row.channel, row.ts) for row in rows]

    async def put(self, post: Post) -> None:
        """Remember a message, in the place of an earlier one of its role and channel."""
        place = {"mapping_id": post.mapping_id, "role": str(post.role), "channel": post.channel}
        put = self.transaction.insert(posts).values(**place, ts=post.ts)
        await self.transaction.write(put.on_conflict_do_update(index_elements=list(place), set_={"ts": post.ts}))
