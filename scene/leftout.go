package scene

import "slices"

// LeftOut gathers the files that a command could not do its work on, each with its first error. A file that is left out is
// left out whole; the command does its work on the others, and then says that it could not do all of it. Where nothing is
// edited a workload can be left out alone.
type LeftOut struct {
	Given int // files that there are
	Items []LeftOutItem

	named map[string]bool // files that were given by their names, and not with a folder or a pattern
	names map[string]bool
	errs  []error
	alone []error // about workloads that were left out of files whose others were not
}

// LeftOutItem is a file that was left out, or a workload of one.
type LeftOutItem struct{ File, Workload, Reason string }

// Workload leaves out one workload; file is the one that it begins in, "" for a live one.
func (l *LeftOut) Workload(name, file string, err error) {
	l.alone = append(l.alone, err)
	l.Items = append(l.Items, LeftOutItem{File: file, Workload: name, Reason: err.Error()})
}

// Add leaves out a file. Of several errors about it the first is kept.
func (l *LeftOut) Add(name string, err error) {
	if l.names[name] {
		return
	}
	if l.names == nil {
		l.names = map[string]bool{}
	}
	l.names[name] = true
	l.errs = append(l.errs, err)
	l.Items = append(l.Items, LeftOutItem{File: name, Reason: err.Error()})
}

// Named says whether a file was given by its name, and not with a folder or a pattern.
func (l *LeftOut) Named(file string) bool { return l.named[file] }

// Has says whether a file was left out.
func (l *LeftOut) Has(name string) bool { return l.names[name] }

// Files counts the files that were left out, and Workloads the workloads beside them.
func (l *LeftOut) Files() int { return len(l.errs) }

// Workloads counts the workloads that were left out alone.
func (l *LeftOut) Workloads() int { return len(l.alone) }

// Errors are all errors, of files before those of workloads.
func (l *LeftOut) Errors() []error { return slices.Concat(l.errs, l.alone) }
