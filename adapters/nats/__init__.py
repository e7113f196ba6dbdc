"""Telling partners through NATS JetStream: the connection, the stream, and the fenced relay that fills it."""
