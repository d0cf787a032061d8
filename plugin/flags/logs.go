package flags

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/eventlog"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
)

// Logs say where event logs come from.
type Logs struct {
	Source   source.Options
	Names    []string // files, folders, - or URLs
	history  source.History
	download string
}

// AddFlags adds the flags and their completion. The options are what the process has.
func (l *Logs) AddFlags(cmd *cobra.Command, complete Complete, o source.Options) {
	l.Source = o
	f := cmd.Flags()
	f.StringArrayVar(&l.Names, "event-log", nil, "recommend from the event log `LOG`: a file, the folder of a rolling log, - for standard input, or a URL ("+strings.Join(source.Schemes(), ", ")+"). Repeat it for more runs of the application")
	f.StringVar(&l.history.URL, "history-server", "", "read the event log from the History server at this `URL`, such as http://localhost:18080")
	f.StringVar(&l.history.App, "app", "", "with --history-server: the application as `ID`, ID/ATTEMPT or name; of several runs the newest is read")
	f.StringVar(&l.history.HeaderFile, "history-server-headers", "", "with --history-server: a `FILE` of headers to send, one per line, such as Authorization: Bearer TOKEN; by default those in "+source.HistoryHeaders)
	f.StringVar(&l.download, "max-download", "20Gi", "with --history-server: the largest `SIZE` of a log")
	f.StringVar(&l.Source.Pod.Image, "pvc-image", "", "with pvc:// URLs: `IMAGE` of the pod that reads the claim; Spark's images have the programs that it needs (sh, stat, xargs, tail)")
	f.Int64Var(&l.Source.Pod.User, "pvc-user", source.DefaultUser, "with pvc:// URLs: `UID` of that pod; it must be able to read the logs")
	Under(f, EventLogs, "history-server", "app", "history-server-headers", "max-download", "pvc-image", "pvc-user")
	for _, flag := range []string{"event-log", "backtest", "fleet"} {
		complete(cmd, flag, completeSchemes)
	}
	for _, flag := range []string{"history-server", "app", "max-download", "pvc-image", "pvc-user"} {
		complete(cmd, flag, Values())
	}
}

// completeSchemes completes the beginning of a URL, and files otherwise.
func completeSchemes(_ *cobra.Command, _ []string, typed string) (all []string, _ cobra.ShellCompDirective) {
	for _, s := range source.Schemes() {
		if typed != "" && strings.HasPrefix(s, typed) {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return all, cobra.ShellCompDirectiveNoSpace
}

// Read checks the flags; changed says which were given.
func (l *Logs) Read(changed func(flag string) bool) error {
	log, server := changed("event-log"), changed("history-server")
	switch {
	case log && server:
		return errors.New("--event-log and --history-server name two logs: give one of them")
	case slices.Contains(l.Names, ""):
		return errors.New("--event-log is empty, so no log is named: give a file or a folder, or - for standard input")
	case len(l.Names) > 1 && slices.Contains(l.Names, "-"):
		return errors.New("--event-log=-: standard input holds one log: give the others as files, without -")
	case !server && (changed("app") || changed("history-server-headers") || changed("max-download")):
		return errors.New("--app, --history-server-headers and --max-download are about a History server: give its URL with --history-server")
	case l.Source.Pod.User < 1:
		return fmt.Errorf("--pvc-user=%d: must be 1 or more: the pod never runs as root", l.Source.Pod.User)
	}
	most, err := resource.ParseQuantity(l.download)
	if err != nil || most.Value() <= 0 {
		return fmt.Errorf("--max-download=%q: must be a size, as 500Mi or 20Gi", l.download)
	}
	l.history.MaxBytes = most.Value()
	return nil
}

// Given says that a log is to be read.
func (l *Logs) Given() bool { return len(l.Names) > 0 || l.history.URL != "" }

// Each reads the logs that the flags name, one after the other, until one cannot be read.
func (l *Logs) Each(ctx context.Context, progress func(read, total int64), do func(*eventlog.Log) error) error {
	if l.history.URL != "" {
		log, err := source.ReadHistory(ctx, l.history, l.Source, progress)
		if err != nil {
			return err
		}
		return do(log)
	}
	for _, name := range l.Names {
		log, err := source.Read(ctx, name, l.Source, progress)
		if err == nil {
			err = do(log)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Words are the flags as they were given, to be pasted.
func (l *Logs) Words() (words []string) {
	for _, name := range l.Names {
		words = append(words, "--event-log="+change.Quote(name))
	}
	for _, flag := range []struct{ name, value string }{
		{"history-server", l.history.URL}, {"app", l.history.App}, {"history-server-headers", l.history.HeaderFile}, {"pvc-image", l.Source.Pod.Image},
	} {
		if flag.value != "" {
			words = append(words, "--"+flag.name+"="+change.Quote(flag.value))
		}
	}
	if l.Source.Pod.User != source.DefaultUser {
		words = append(words, fmt.Sprintf("--pvc-user=%d", l.Source.Pod.User))
	}
	return words
}
