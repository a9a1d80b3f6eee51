package attack

// Version is the version of ATT&CK (Enterprise) that the table holds.
const Version = "17.1"
