package config

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// hangFloor is how long a plugin may be silent over a batch while nothing is wrong, so that a shorter hang_timeout
// restarts it in the middle of its work. The protocol has no word for it.
type hangFloor struct {
	// attribute is the one that the time stands in; empty: the time is least.
	attribute string
	least     time.Duration
	// reason is a sentence's second half: "its plugin …".
	reason string
}

// hangFloors are the times by bundled plugin. Of one that replaces it nothing is known.
func hangFloors() map[string]hangFloor {
	return map[string]hangFloor{
		"http": {attribute: "timeout", reason: `waits for an answer as long as "timeout" says`},
		// It gives a batch back when 20 s went by without any progress, and needs a while to do so.
		"tcp": {least: 25 * time.Second, reason: "waits 20s for a peer that makes no progress, and then gives the batch back"},
	}
}

// warnHangs tells which destinations would be restarted for being as slow as they may be.
func (b *builder) warnHangs() {
	for _, d := range b.config.Destinations {
		floor, ok := hangFloors()[d.Plugin.Name]
		if !ok || d.Plugin.Path != "" {
			continue
		}
		n := b.destinationNodes[d.Address]
		hang := n.get("hang_timeout")
		if hang.unknown {
			continue
		}
		at, short := hang.at, d.HangTimeout < floor.least
		detail := fmt.Sprintf("Write at least %s.", formatDuration(floor.least))
		if floor.attribute != "" {
			own := n.get(floor.attribute)
			takes, isTime := own.v.(int64)
			if !isTime || own.unknown {
				continue
			}
			short = time.Duration(takes) >= d.HangTimeout
			detail = fmt.Sprintf("Make %q shorter or hang_timeout longer.", floor.attribute)
			if hang.expr == nil {
				at = own.at
			}
		}
		if short {
			b.diags = append(b.diags, hangWarning(at, d.Address, d.HangTimeout, floor.reason, detail))
		}
	}
}

func hangWarning(at hcl.Range, address string, hang time.Duration, reason, detail string) *hcl.Diagnostic {
	return warning(at, CodeHangTimeout,
		fmt.Sprintf("The hang_timeout of %s, %s, restarts a plugin that is not hung: it %s.", address, formatDuration(hang), reason), detail)
}
