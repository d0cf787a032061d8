// Package memory measures what commands take to read what is large. Its tests read /proc, so they are of Linux.
package memory
