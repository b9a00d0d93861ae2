// Package config turns HCL files into the option structs of the packages that obey them, and every mistake into a
// diagnostic with its place.
//
// Load reads files, Format formats them, SchemaOf says what a block accepts and GraphOf what leads where. The package
// opens no socket and starts no process; what it needs to know of plugins it is given in Plugins. Who runs the router
// and who only checks a configuration call the same Load: with LoadOptions.NeedSecrets it demands what a run needs,
// without it reads no secret as an error and takes an unreadable one as an unknown string.
//
// # How a configuration is read
//
// Each step goes on as far as it can, so one Load shows all mistakes:
//
//  1. files: find, read, bound (limits.go) and parse. A wrong router.required_version ends the load here, before the
//     syntax of a newer release is called a mistake.
//  2. blocks: the top level of all files, one namespace, duplicates named with both places.
//  3. variables, then locals, whatever their order, then plugin blocks and the descriptions of plugins.
//  4. bodies: decode.go obeys a Schema. The router's own blocks have theirs in the schema_*.go tables, plugins bring
//     theirs, and a destination's is both merged. Documentation and `skidway schema` print the same tables, so they
//     can't say anything else than what is decoded.
//  5. addresses: from, to and dead_letter.to; circles; what is unused; what the parts mean for each other.
//
// # What the machine has a say in
//
// A configuration may be checked elsewhere than where it runs. So Load asks the machine for nothing but the environment:
// STATE_DIRECTORY is the default of router.data_dir, and with a data_dir the spool is on disk. A size that is left to the
// filesystem, or is a share of it, stays open in Config (0); bounds that follow from it are checked as far as they are
// certain. CheckSpace says the rest, given the filesystem's size.
//
// # What is not built yet
//
// Words of the language that this release does not obey are in the tables with the reason or the way around it
// (Attribute.Unsupported). Using one is an error: nothing is parsed and ignored.
//
// A RECORD attribute of a plugin that uses no record value is treated as CONFIG: the constant is part of ConfigJSON. One
// that does is null there, and compiled into Destination.Resolve.
//
// # Secrets
//
// env, file, credential, sensitive() and variables with sensitive = true make marked values. Marks follow a value
// through every expression; what ends in an option is plain and its text is listed in Config.Secrets. No rendered
// diagnostic shows one: messages never print a marked value, messages of failed calls with secrets in them are left
// out, and source lines are printed with the literals of sensitive attributes replaced (mask.go).
package config
