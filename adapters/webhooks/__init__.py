"""The third door of a feed: its rows are posted, signed and in order, to an address of the partner's."""
