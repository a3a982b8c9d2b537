from typing import Any

import pytest

from core.domain.pod import Phase
from tests.unit.core.samples import pod


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.RUNNING, Phase.UNKNOWN])
def test_a_pod_may_yet_serve(phase: Phase) -> None:
    assert not pod(phase=phase).finished


@pytest.mark.parametrize("changes", [{"phase": Phase.SUCCEEDED}, {"phase": Phase.FAILED}, {"deleting": True}])
def test_a_pod_that_is_over_will_never_serve_again(changes: dict[str, Any]) -> None:
    assert pod(**changes).finished
