package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bulletin/pipeline/queue"
	"bulletin/workers/desk"
)

// spawnServe starts the server as a process of its own, and waits until it can be reached.
func spawnServe(t *testing.T, binary, dir string) *exec.Cmd {
	t.Helper()
	endpoint := filepath.Join(dir, endpointFile)
	if err := os.Remove(endpoint); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	server := exec.Command(binary, "serve", "--dir", dir)
	var printed lockedBuffer
	server.Stdout, server.Stderr = &printed, &printed
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	eventually(t, func() (struct{}, error) {
		_, err := os.Stat(endpoint)
		if err != nil && server.ProcessState != nil {
			t.Fatalf("serve ended: %s", printed.String())
		}
		return struct{}{}, err
	})
	return server
}

// as connects a person to the server that runs now.
func as(t *testing.T, dir string, seeds map[string]string, sign map[string]func([]byte) ([]byte, error), name string) *desk.Client {
	t.Helper()
	client := eventually(t, func() (*queue.Client, error) {
		var endpoint struct{ URL string }
		data, err := os.ReadFile(filepath.Join(dir, endpointFile))
		if err == nil {
			err = json.Unmarshal(data, &endpoint)
		}
		if err != nil {
			return nil, err
		}
		connection, err := queue.Dial(endpoint.URL, name, []byte(seeds[name]))
		if err != nil {
			return nil, err
		}
		asked, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := connection.Request(asked, "queue", []byte("{}")); err != nil {
			connection.Close()
			return nil, err
		}
		return connection, nil
	})
	t.Cleanup(client.Close)
	return &desk.Client{Connection: client, Sign: sign[name]}
}
