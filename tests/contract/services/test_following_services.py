import asyncio
from itertools import pairwise

from core.domain.service import Catalogue, Service, ServiceRef
from core.interfaces import Services
from tests.contract.services.hands import Hands, Reader, exactly, knows, nothing_in


async def follow_one(services: Services, hands: Hands, reader: Reader) -> Service:
    """A Service that is followed, and was seen."""
    made = await hands.create(ServiceRef(await hands.namespace(), "api"))
    services.follow_services([made.ref.namespace], "debug")
    await reader.sees(exactly(made))
    reader.pictures.clear()
    return made


async def test_the_services_that_have_the_port_are_told_with_where_it_leads(
    services: Services, hands: Hands, reader: Reader
) -> None:
    namespace = await hands.namespace()
    ours = [await hands.create(ServiceRef(namespace, name), port) for name, port in (("api", 5005), ("web", 5006))]
    await hands.create(ServiceRef(namespace, "other"), port_name="http")
    services.follow_services([namespace], "debug")
    await reader.sees(exactly(*ours))
    assert reader.last.known == {namespace}
    assert all(service.endpoint and str(service.endpoint.uid) == str(service.uid) for service in ours)


async def test_an_underscore_in_the_name_stands_for_a_dash(services: Services, hands: Hands, reader: Reader) -> None:
    made = await hands.create(ServiceRef(await hands.namespace(), "api"), port_name="jprofiler-tcp")
    services.follow_services([made.ref.namespace], "jprofiler_tcp")
    await reader.sees(exactly(made))


async def test_a_service_that_comes_and_goes_is_told(services: Services, hands: Hands, reader: Reader) -> None:
    first = await follow_one(services, hands, reader)
    second = await hands.create(ServiceRef(first.ref.namespace, "web"))
    await reader.sees(exactly(first, second))
    await hands.delete(first.ref)
    await reader.sees(exactly(second))


async def test_another_port_of_a_service_is_told(services: Services, hands: Hands, reader: Reader) -> None:
    made = await follow_one(services, hands, reader)
    await reader.sees(exactly(await hands.change_port(made, 6006)))


async def test_a_service_that_was_replaced_is_told_with_another_uid(
    services: Services, hands: Hands, reader: Reader
) -> None:
    made = await follow_one(services, hands, reader)
    await hands.delete(made.ref)
    other = await hands.create(made.ref)
    assert other.uid != made.uid
    await reader.sees(exactly(other))


async def test_a_service_whose_port_is_renamed_is_told_as_gone_until_it_is_named_back(
    services: Services, hands: Hands, reader: Reader
) -> None:
    made = await follow_one(services, hands, reader)
    await hands.rename_port(made, "http")
    await reader.sees(nothing_in(made.ref.namespace))
    await hands.rename_port(made, "debug")
    await reader.sees(exactly(made))


async def test_a_service_elsewhere_is_never_told(services: Services, hands: Hands, reader: Reader) -> None:
    made = await follow_one(services, hands, reader)
    await hands.create(ServiceRef(await hands.namespace(), "stranger"))
    await reader.sees(exactly(await hands.change_port(made, 6006)))
    assert all(set(picture.services) == {made.ref} for picture in reader.pictures)


async def test_one_more_namespace_leaves_what_is_known_as_it_is(
    services: Services, hands: Hands, reader: Reader
) -> None:
    first = await follow_one(services, hands, reader)
    second = await hands.create(ServiceRef(await hands.namespace(), "web"))
    services.follow_services([first.ref.namespace, second.ref.namespace], "debug")
    await reader.sees(exactly(first, second))
    assert all(first.ref in picture.services for picture in reader.pictures)
    await hands.delete(first.ref)
    await reader.sees(exactly(second))


async def test_a_namespace_that_is_no_longer_followed_is_in_no_later_picture(
    services: Services, hands: Hands, reader: Reader
) -> None:
    first = await follow_one(services, hands, reader)
    second = await hands.create(ServiceRef(await hands.namespace(), "web"))
    services.follow_services([second.ref.namespace], "debug")
    await reader.sees(exactly(second))
    await hands.change_port(first, 6006)
    await reader.sees(exactly(await hands.change_port(second, 6006)))
    assert all(first.ref.namespace not in picture.known for picture in reader.pictures)


async def test_what_changed_while_a_namespace_was_not_followed_is_told_as_it_is_now(
    services: Services, hands: Hands, reader: Reader
) -> None:
    made = await follow_one(services, hands, reader)
    services.follow_services([], "debug")
    await reader.sees(knows())
    changed = await hands.change_port(made, 6006)
    services.follow_services([made.ref.namespace], "debug")
    await reader.sees(exactly(changed))
    assert all(made not in picture.services.values() for picture in reader.pictures)


async def test_another_port_name_begins_anew(services: Services, hands: Hands, reader: Reader) -> None:
    made = await follow_one(services, hands, reader)
    other = await hands.create(ServiceRef(made.ref.namespace, "web"), port_name="http")
    services.follow_services([made.ref.namespace], "http")
    await reader.sees(exactly(other))
    assert all(made.ref not in picture.services for picture in reader.pictures)


async def test_following_the_same_again_tells_nothing_new(services: Services, hands: Hands, reader: Reader) -> None:
    made = await follow_one(services, hands, reader)
    services.follow_services([made.ref.namespace], "debug")
    await asyncio.sleep(0.3)
    assert reader.pictures == []


async def test_a_burst_of_changes_makes_few_pictures_and_the_last_one_is_whole(
    services: Services, hands: Hands, reader: Reader
) -> None:
    first = await follow_one(services, hands, reader)
    began = asyncio.get_running_loop().time()
    others = [await hands.create(ServiceRef(first.ref.namespace, f"web-{number}")) for number in range(30)]
    await reader.sees(exactly(first, *others))
    lasted = asyncio.get_running_loop().time() - began
    assert len(reader.pictures) <= 2 + 5 * lasted
    assert all(before != after for before, after in pairwise(reader.pictures))


async def test_following_before_anybody_looks_loses_nothing(services: Services, hands: Hands) -> None:
    made = await hands.create(ServiceRef(await hands.namespace(), "api"))
    services.follow_services([made.ref.namespace], "debug")
    await asyncio.sleep(0.1)
    assert await first_of(services) == Catalogue({made.ref: made}, frozenset({made.ref.namespace}))


async def test_a_second_reader_after_the_first_begins_with_the_present_picture(
    services: Services, hands: Hands
) -> None:
    made = await hands.create(ServiceRef(await hands.namespace(), "api"))
    services.follow_services([made.ref.namespace], "debug")
    assert await first_of(services) == await first_of(services)


async def first_of(services: Services) -> Catalogue:
    async with asyncio.timeout(10):
        return await anext(services.catalogues())
