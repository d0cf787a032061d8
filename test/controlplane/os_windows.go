package controlplane

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// errPlatform says why nothing here works on Windows, where neither process groups nor file locks of this kind exist.
var errPlatform = errors.New("the test control plane runs on Linux and macOS")

func tryLock(string) (func(), bool, error)                     { return nil, false, errPlatform }
func lockFile(context.Context, string, func()) (func(), error) { return nil, errPlatform }
func signalGroup(p *os.Process, _ os.Signal) error             { return p.Kill() }
func own(*exec.Cmd)                                            {}
