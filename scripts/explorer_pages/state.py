"""What a screen is set to in one session, and the address that leads there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Option = TypeVar("Option")


class Screen:
    """The state of one screen in one session: its widgets' values, by keys of its own, and its address.

    Parameters
    ----------
    name : str
        As in the views' `screen`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._arrived = False

    def key(self, name: str) -> str:
        """Return the key of a widget.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
        """
        return f"{self.name}.{name}"

    def get(self, name: str) -> Any:
        """Return a widget's value.

        Parameters
        ----------
        name : str

        Returns
        -------
        object
        """
        return st.session_state.get(self.key(name))

    def put(self, name: str, value: Any) -> None:
        """Set a widget's value; only before it is drawn.

        Parameters
        ----------
        name : str
        value : object
        """
        st.session_state[self.key(name)] = value

    def offer(self, name: str, options: Sequence[Option], preferred: Option | None = None) -> dict[str, Any]:
        """Return a choice's options and key, after seeing to it that one of the options is chosen.

        Parameters
        ----------
        name : str
        options : sequence
        preferred : optional
            Chosen unless another one is; by default the first.

        Returns
        -------
        dict
            As Streamlit's widgets take them.
        """
        first = preferred if preferred in options else options[0]
        self._fit(name, lambda wish: wish if wish in options else first)
        return {"options": options, "key": self.key(name)}

    def offer_several(self, name: str, options: Sequence[Option], preferred: Iterable[Option]) -> dict[str, Any]:
        """Return a choice's options and key, after seeing to it that those that are chosen are options.

        Parameters
        ----------
        name : str
        options : sequence
        preferred : iterable
            Chosen unless others are.

        Returns
        -------
        dict
            As Streamlit's widgets take them.
        """
        self._fit(name, lambda wish: [option for option in (preferred if wish is None else wish) if option in options])
        return {"options": options, "key": self.key(name)}

    def default(self, name: str, value: Any) -> str:
        """Return a widget's key, after seeing to it that it has a value.

        Parameters
        ----------
        name : str
        value : object

        Returns
        -------
        str
        """
        self._fit(name, lambda wish: value if wish is None else wish)
        return self.key(name)

    def _fit(self, name: str, fit: Callable[[Any], Any]) -> None:
        """Set a widget to what fits of what one chose, which comes back where it fits again: in another study."""
        wishes = st.session_state.setdefault(self.key("wishes"), {})
        wish, fitted = wishes.get(name, (None, None))
        value = self.get(name)
        # A widget that was not drawn, as on a screen that ended with a message, has lost its value.
        if value is not None and value != fitted:
            wish = value
        wishes[name] = (wish, fit(wish))
        self.put(name, fit(wish))

    def link(self) -> dict[str, str] | None:
        """Return the link that the screen has yet to follow, perhaps an empty one; None if it has followed it.

        A link is followed when one comes to the screen, and by Back and Forward. Any other address that the browser
        sends is one that the screen itself has set, or that lags behind it.

        Returns
        -------
        dict of str to str, or None
        """
        run = get_script_run_ctx()
        # On another screen the widgets have lost their values.
        self._arrived = self.get("study") is None or (run is not None and run.is_history_navigation)
        if self._arrived:
            st.session_state.pop(self.key("wishes"), None)
            self.put("link", st.query_params.to_dict())
            self.put("address", None)
        return self.get("link")

    def followed(self, rest: Mapping[str, str] | None = None) -> None:
        """Note that the link was followed.

        Parameters
        ----------
        rest : mapping, optional
            A link to be followed next.
        """
        self.put("link", rest)

    def set_address(self, query: Mapping[str, str]) -> None:
        """Make the address lead to what is shown, as a new step of the browser's history.

        The address by which one came stays as it is, although it may be short: another one in its place would be a
        step of its own, and one would have to go back twice.

        Parameters
        ----------
        query : mapping of str to str
        """
        if query != self.get("address") and not self._arrived:
            st.query_params.from_dict(query)
        self.put("address", query)
