// Package jsonscan reads and rewrites JSON records where they lie.
//
// A [Plan] checks in one pass that a record is one valid JSON object and says where the values of a fixed set of paths
// stand in it; nothing is decoded, copied or allocated. A [Splicer] makes a new record from an old one by replacing,
// adding and removing members, and leaves every other byte as it was.
//
// # What is JSON here
//
// RFC 8259, with nothing beyond it: no comments, no trailing commas, no NaN, no byte order mark, no bytes after the
// value but white space. Strings must be valid UTF-8. Values nest at most [MaxDepth] deep. Numbers of any length and
// size are accepted and kept as they are written.
//
// Of members with the same name the last one counts, at each level, as in encoding/json. What changes records treats
// the others too, because another reader may take the first: setting a member removes its earlier duplicates, and
// removing or visiting a path means every occurrence of it.
//
// The package knows no HCL, no clock and no goroutine. Everything in it is safe for concurrent use but a Splicer, which
// belongs to one goroutine at a time.
package jsonscan

// MaxDepth is how deep objects and arrays may stand inside each other; a record's own object is the first level.
// A record that goes deeper is not valid. encoding/json allows 10000 levels, which no log record needs and which would
// let one record use much stack.
const MaxDepth = 200
