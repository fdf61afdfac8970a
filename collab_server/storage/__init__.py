"""What must outlive the process: documents' logs, rooms, invitations and used nonces, in SQLite.

Read from `store`. It hands each verb to the one writing thread (`writer`) or to a reading one
(`reader`); `documents`, `rooms`, `invitations` and `sessions` hold the statements, `connection`
opens the file, `schema` and `migrations` say what is in it.

Does not know the hub, or what an update says: bytes come in and go out as they were.
"""
