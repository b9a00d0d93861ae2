package sdk

import pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"

// Rule ties several attributes or blocks of one options struct together. The method Rules() []Rule of that struct
// returns them; it is called on the zero value.
type Rule struct {
	kind  pluginv1.Rule_Kind
	names []string
}

// ExactlyOneOf says that one of the names must be given, and only one.
func ExactlyOneOf(names ...string) Rule {
	return Rule{pluginv1.Rule_KIND_EXACTLY_ONE_OF, names}
}

// Conflicts says that at most one of the names may be given.
func Conflicts(names ...string) Rule {
	return Rule{pluginv1.Rule_KIND_CONFLICTS, names}
}

// RequiredTogether says that all of the names must be given, or none.
func RequiredTogether(names ...string) Rule {
	return Rule{pluginv1.Rule_KIND_REQUIRED_TOGETHER, names}
}
