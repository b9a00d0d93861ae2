package config

import (
	"fmt"
	"math"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/spool"
)

// backlogsWarning tells when the destinations that block may hold more than the spool, as far as that is certain without
// the filesystem; CheckSpace tells the rest.
func (b *builder) backlogsWarning(s blockingSum) hcl.Diagnostics {
	if len(s.names) < 2 {
		return nil
	}
	var summary string
	switch rest := s.restShare(); {
	case b.spoolBytes > 0:
		return b.config.sumWarning(s, b.spoolBytes)
	case rest < 0 && s.given > 0:
		summary = fmt.Sprintf("The backlogs that block are %s and %d%% of the spool together", aboutBytes(s.given), s.percent())
	case rest < 0:
		summary = fmt.Sprintf("The backlogs that block are %d%% of the spool together", s.percent())
	case b.spoolMost == 0 || float64(s.given) <= rest*float64(b.spoolMost):
		return nil
	case s.defaults > 0:
		summary = fmt.Sprintf("The backlogs that block are %s and %d%% of the spool together, the spool is at most %s", aboutBytes(s.given), s.percent(), aboutBytes(b.spoolMost))
	default:
		summary = fmt.Sprintf("The backlogs that block are %s together, the spool is at most %s", aboutBytes(s.given), aboutBytes(b.spoolMost))
	}
	return hcl.Diagnostics{b.config.backlogsAt(s, summary)}
}

// blockingSum is what destinations that block may hold.
type blockingSum struct {
	names []string
	// given is the sum of the bounds that are given, defaults how many others there are.
	given    int64
	defaults int
	last     hcl.Range
}

// percent is what the backlogs without a bound of their own are of the spool.
func (s blockingSum) percent() int { return int(math.Round(float64(s.defaults) * backlogShare * 100)) }

// restShare is the part of the spool that they leave; below 0 when they are more than all of it.
func (s blockingSum) restShare() float64 { return 1 - float64(s.defaults)*backlogShare }

func (s *blockingSum) add(d *Destination) {
	s.names = append(s.names, d.Address)
	s.last = d.Range
	if d.Backlog.MaxBytes == 0 {
		s.defaults++
	}
	s.given += d.Backlog.MaxBytes
}

func (b *builder) blocking() blockingSum {
	var s blockingSum
	for _, d := range b.config.Destinations {
		if d.Backlog.WhenFull == spool.Block && b.declared[d.Address].used {
			s.add(&d)
		}
	}
	return s
}

// sumWarning compares what blocking destinations may hold with a spool of that size.
func (c *Config) sumWarning(s blockingSum, size int64) hcl.Diagnostics {
	sum := s.given + int64(s.defaults)*backlogDefault(size)
	if sum <= size || len(s.names) < 2 {
		return nil
	}
	return hcl.Diagnostics{c.backlogsAt(s, fmt.Sprintf("The backlogs that block are %s together, the spool is %s", aboutBytes(sum), aboutBytes(size)))}
}

func (c *Config) backlogsAt(s blockingSum, summary string) *hcl.Diagnostic {
	at := s.last
	if c.at.spoolSet {
		at = c.at.spool
	}
	return warning(at, CodeBacklogs, summary+": "+strings.Join(s.names, ", ")+".",
		"When several are behind at once, the spool is full before a backlog is. Make router.spool.max_bytes larger or the backlogs smaller.")
}

// CheckSpace looks at what depends on the filesystem that the spool on disk lies in, which has total bytes: a size that is
// left to it, or that is a share of it. Load can't, because a configuration is checked elsewhere than where it runs. There
// is nothing to say of a size in bytes, or of a spool in memory. It is for a Config that Load made.
func (c *Config) CheckSpace(total int64) hcl.Diagnostics {
	o := c.Router.DiskSpool
	if !c.Router.Disk || o.MaxBytes > 0 {
		return nil
	}
	size := spoolBytesOf(o, total)
	if size < diskSpoolLeast {
		return hcl.Diagnostics{problem(c.at.spool, fmt.Sprintf("The spool would have %s of the filesystem's %s; it needs at least %s.",
			aboutBytes(size), aboutBytes(total), formatBytes(diskSpoolLeast)), "Set router.spool.max_bytes, or choose a data_dir on a larger filesystem.")}
	}
	var diags hcl.Diagnostics
	if o.SegmentBytes > size/4 {
		diags = append(diags, segmentTooLarge(c.at.segment, size))
	}
	for _, d := range c.Destinations {
		if at, given := c.at.backlogs[d.Address]; given && d.Backlog.MaxBytes > size {
			diags = append(diags, backlogTooLarge(at, d.Backlog.MaxBytes, aboutBytes(size)+" of this filesystem"))
		}
	}
	if !c.at.warned {
		diags = append(diags, c.sumWarning(c.at.blocking, size)...)
	}
	return diags
}

// SpoolBytes is what the spool on disk may have in a filesystem of total bytes.
func (r *Router) SpoolBytes(total int64) int64 {
	if r.DiskSpool.MaxBytes > 0 {
		return r.DiskSpool.MaxBytes
	}
	return spoolBytesOf(r.DiskSpool, total)
}

// MinFree is what must be free of a filesystem of total bytes.
func (r *Router) MinFree(total int64) int64 {
	return max(r.DiskSpool.MinFreeBytes, int64(r.DiskSpool.MinFreeShare*float64(total)))
}

// spoolBytesOf is the spool's own rule, for a size that is not given in bytes.
func spoolBytesOf(o spool.DiskOptions, total int64) int64 {
	if o.MaxShare > 0 {
		return int64(o.MaxShare * float64(total))
	}
	return min(diskSpoolMost, int64(diskSpoolShare.of1()*float64(total)))
}

// FitsSpace is CheckSpace for those who know no diagnostics: what is to be said in a line each, and why it can't be.
func (c *Config) FitsSpace(total int64) (warnings []string, err error) {
	for _, d := range c.CheckSpace(total) {
		if d.Severity == hcl.DiagError {
			return warnings, fmt.Errorf("%s:%d: %s %s", d.Subject.Filename, d.Subject.Start.Line, d.Summary, d.Detail)
		}
		warnings = append(warnings, strings.TrimSuffix(d.Summary, "."))
	}
	return warnings, nil
}
