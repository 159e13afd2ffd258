"""Every reply and every event of the faces, read strictly by the published types and schemas."""

import answer_cases
import error_cases
import kept_cases
import pytest
from differences import DIFFERENCES

CASES = [*answer_cases.CASES, *kept_cases.CASES, *error_cases.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_comes_back_is_as_published(findings_of, case):
    assert findings_of(case) <= DIFFERENCES.keys()


def test_no_difference_is_on_the_list_that_is_not_there(findings_of):
    found = set().union(*(findings_of(case) for case in CASES))
    assert DIFFERENCES.keys() == found
