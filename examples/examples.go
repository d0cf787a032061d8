// Package examples holds a manifest of every launcher and of every setting that a rule judges, twice: with faults, and corrected.
// The tests read them. The folder logs holds an event log.
package examples

import "embed"

// Files has the folders faulty and corrected. A comment "# want CODE ..." in a file of faulty names what doctor finds there.
//
//go:embed faulty corrected
var Files embed.FS
