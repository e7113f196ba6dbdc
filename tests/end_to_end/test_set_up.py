"""bin/gharana on a machine where nothing was set up, in a small house of its own that needs no packages."""

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

from adapters.home import REPOSITORY

SETTING_UP = "Setting up .venv from requirements.lock"
COMMAND = """
import os, sys
print(sys.prefix, sys.argv[1:], os.environ["PYTHONPATH"].split(os.pathsep)[0])
raise SystemExit(7)
"""


@pytest.fixture
def house(tmp_path):
    """Its lock file names no packages and its command says where it runs."""
    (tmp_path / "bin").mkdir()
    for name in ("gharana", "_bootstrap.py"):
        shutil.copy(REPOSITORY / "bin" / name, tmp_path / "bin")
    (tmp_path / "requirements.lock").write_text("# no packages\n")
    (tmp_path / "adapters" / "cli").mkdir(parents=True)
    (tmp_path / "adapters" / "cli" / "main.py").write_text(COMMAND)
    return tmp_path


def start(house, *arguments, python=sys.executable):
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [python, house / "bin" / "gharana", *arguments]
    return subprocess.Popen(command, cwd="/", env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(house, *arguments, python=sys.executable):
    with start(house, *arguments, python=python) as process:
        out, err = process.communicate(timeout=100)
    return process.returncode, out.strip(), err


def said_by_command(house, *arguments):
    return f"{house}/.venv {list(arguments)} {house}"


def test_a_bare_house_sets_itself_up_once_and_hands_over(house):
    first = run(house, "demo", "--json")
    second = run(house, "demo", "--json")

    assert first[:2] == second[:2] == (7, said_by_command(house, "demo", "--json"))
    assert SETTING_UP in first[2]
    assert second[2] == ""


def test_debians_python_serves_as_well(house):
    if not os.access("/usr/bin/python3", os.X_OK):
        pytest.skip("this machine has no /usr/bin/python3")

    assert run(house, python="/usr/bin/python3")[:2] == (7, said_by_command(house))


def test_of_two_that_start_at_once_one_sets_up_and_the_other_waits(house):
    with start(house, "a") as first, start(house, "b") as second:
        said = [process.communicate(timeout=100) for process in (first, second)]

    assert [out.strip() for out, _ in said] == [said_by_command(house, "a"), said_by_command(house, "b")]
    assert sum(SETTING_UP in err for _, err in said) == 1


def test_a_set_up_that_was_interrupted_is_done_again(house):
    (house / ".venv" / "bin").mkdir(parents=True)
    (house / ".venv" / "bin" / "python").write_text("half-written")

    code, out, err = run(house)

    assert (code, out) == (7, said_by_command(house))
    assert SETTING_UP in err


def test_another_lock_file_is_another_environment(house):
    run(house)
    (house / ".venv" / "lib" / "left-over").write_text("of the old lock file")
    (house / "requirements.lock").write_text("# still no packages\n")

    code, _, err = run(house)

    assert code == 7
    assert SETTING_UP in err
    assert not (house / ".venv" / "lib" / "left-over").exists()


def test_an_environment_of_another_house_is_not_set_up_anew_through_a_link(house, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / ".venv").mkdir()
    (other / ".venv" / "its own").write_text("in use")
    (house / ".venv").symlink_to(other / ".venv")

    code, out, err = run(house)

    assert (code, out) == (3, "")
    assert f"is a link to {other / '.venv'}" in err
    assert [each.name for each in (other / ".venv").iterdir()] == ["its own"]


def test_packages_that_cannot_be_had_are_told_and_nothing_counts_as_set_up(house):
    (house / "requirements.lock").write_text("this is no requirement\n")

    for _ in range(2):
        code, out, err = run(house)

        assert (code, out) == (3, "")
        assert "Gharana could not install the packages that requirements.lock names: " in err
        assert "Traceback" not in err


@pytest.fixture
def bootstrap():
    specification = importlib.util.spec_from_file_location("bootstrap_under_test", REPOSITORY / "bin/_bootstrap.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_a_python_too_old_is_told(bootstrap, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))

    with pytest.raises(bootstrap.SetupFailed, match=r"Gharana needs Python 3\.11 or newer"):
        bootstrap.python_in_line_with_lock_file()


def test_root_gets_debians_venv_module_though_the_package_lists_are_old(bootstrap, monkeypatch, tmp_path):
    apt_get = tmp_path / "apt-get"
    apt_get.write_text(
        '#!/bin/sh\ncd "${0%/*}"; [ $1 = update ] && touch updated || { [ -e updated ] && touch venv; }\n'
    )
    apt_get.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(bootstrap, "_has_ensurepip", (tmp_path / "venv").exists)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    bootstrap._ensure_venv_module()

    assert (tmp_path / "venv").exists()


def test_a_python_without_venv_is_told_to_those_who_may_not_install_it(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "_has_ensurepip", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(bootstrap.SetupFailed, match="sudo apt-get install python3-venv"):
        bootstrap._ensure_venv_module()


def test_an_environment_that_cannot_be_read_is_said_in_a_sentence(house):
    run(house)
    (house / ".venv" / "gharana-stamp").unlink()
    (house / ".venv" / "gharana-stamp").mkdir()  # cannot be read by anybody, root included

    code, out, err = run(house)

    assert (code, out) == (3, "")
    assert "could not read or write its environment" in err
    assert "Traceback" not in err
