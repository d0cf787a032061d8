package controlplane

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// freePort reserves a free TCP port of 127.0.0.1 against every other process that uses this package: a port that is free when asked may
// be given twice before its server listens, and an API server would then talk to another test's etcd. The lock goes with the release.
func freePort() (port int, release func(), err error) {
	cache, err := CacheDir()
	if err != nil {
		return 0, nil, err
	}
	dir := filepath.Join(cache, "ports")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, nil, fmt.Errorf("port reservations: %w", err)
	}
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, nil, fmt.Errorf("find a free port: %w", err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		unlock, ok, err := tryLock(filepath.Join(dir, strconv.Itoa(port)))
		if err != nil {
			return 0, nil, fmt.Errorf("reserve port %d: %w", port, err)
		}
		if ok {
			return port, unlock, nil
		}
	}
	return 0, nil, fmt.Errorf("no free port on 127.0.0.1 after 50 attempts")
}
