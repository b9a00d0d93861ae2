package proto

// The generators of buf.gen.yaml are tools of this module, and buf one of a module of its own, so buf runs where both
// can be named.
//go:generate go -C .. tool -modfile=proto/tools/go.mod buf generate --template proto/buf.gen.yaml
