// Package pluginhost runs plugins: it starts one process for each source or destination block, speaks the protocol of
// package proto with it, keeps its log lines, and starts it again when it ends or hangs.
//
// Destination implements delivery.Destination for lanes, Source feeds a Appender from a source plugin, and Describe,
// CheckFile and ValidateConfig serve whoever loads a configuration. The package cuts no batches and judges no verdict:
// it hands both over. Everything that comes from a plugin (handshake, messages, log lines) is treated as hostile and
// bounded.
//
// A process together with its socket directory, client and log is an incarnation; nothing of one is used for the next.
package pluginhost
