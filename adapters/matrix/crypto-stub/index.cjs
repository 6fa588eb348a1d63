// matrix-bot-sdk imports its native crypto binding at load time even when encryption is unused,
// and that binding downloads a binary while installing. Encrypted rooms are said to be unsupported,
// so the one value the SDK reads at import time is enough.
module.exports = { StoreType: { Sqlite: 0 } }
