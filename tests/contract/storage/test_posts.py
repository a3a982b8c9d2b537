from core.interfaces import Post, PostRole, Storage
from tests.contract.storage.samples import stored


async def test_posts_are_listed_in_their_order_and_for_their_mapping_only(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        ours, theirs = (await stored(uow)).id, (await stored(uow)).id
        posts = [Post(ours, PostRole.COPY, "C2", "1.1"), Post(ours, PostRole.CARD, "C1", "1.0")]
        for post in (posts[0], Post(theirs, PostRole.CARD, "C1", "2.0"), posts[1]):
            await uow.posts.put(post)
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.posts.of(ours) == posts


async def test_a_later_post_of_the_same_role_and_channel_takes_the_place_of_the_earlier_one(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping_id = (await stored(uow)).id
        for post in (
            Post(mapping_id, PostRole.CARD, "C1", "1.0"),
            Post(mapping_id, PostRole.COPY, "C1", "1.1"),
            Post(mapping_id, PostRole.CARD, "C1", "1.2"),
        ):
            await uow.posts.put(post)
        assert await uow.posts.of(mapping_id) == [
            Post(mapping_id, PostRole.CARD, "C1", "1.2"),
            Post(mapping_id, PostRole.COPY, "C1", "1.1"),
        ]


async def test_a_mapping_without_posts_has_none(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        assert await uow.posts.of((await stored(uow)).id) == []
