package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
)

// plugin is the running plugin process and its gRPC clients.
type plugin struct {
	client *goplugin.Client
	cmd    *exec.Cmd

	diagnostics grpcplugin.DiagnosticsClient
	resource    grpcplugin.ResourceClient
	data        grpcplugin.DataClient
	stream      grpcplugin.StreamClient

	handshake time.Duration
	connect   time.Duration

	stopOnce sync.Once
	stopped  stopReport
}

// hostReport is the body of GET /api/host.
type hostReport struct {
	Pid         int     `json:"pid"`
	HandshakeMs float64 `json:"handshake_ms"`
	ConnectMs   float64 `json:"connect_ms"`
	Exited      bool    `json:"exited"`
}

// stopReport is the body of POST /api/host/stop.
type stopReport struct {
	StopMs        float64 `json:"stop_ms"`
	KilledByForce bool    `json:"killed_by_force"`
	ExitCode      int     `json:"exit_code"` // -1 when a signal ended it
	Signal        string  `json:"signal,omitempty"`
}

// startPlugin starts the executable the way Grafana does and waits for its handshake.
func startPlugin(path string, env []string, log hclog.Logger) (*plugin, error) {
	cmd := exec.Command(path)
	cmd.Env = env
	client := goplugin.NewClient(&goplugin.ClientConfig{
		Cmd: cmd,
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{
			grpcplugin.ProtocolVersion: {
				"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
				"resource":    &grpcplugin.ResourceGRPCPlugin{},
				"data":        &grpcplugin.DataGRPCPlugin{},
				"stream":      &grpcplugin.StreamGRPCPlugin{},
			},
		},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		SkipHostEnv:      true,
		Logger:           log,
	})
	p := &plugin{client: client, cmd: cmd}

	began := time.Now()
	if _, err := client.Start(); err != nil {
		client.Kill()
		return nil, err
	}
	p.handshake = time.Since(began)
	if err := p.dispense(); err != nil {
		client.Kill()
		return nil, err
	}
	p.connect = time.Since(began) - p.handshake
	return p, nil
}

// dispense asks the plugin for its services; connecting is part of it.
func (p *plugin) dispense() error {
	rpc, err := p.client.Client()
	if err != nil {
		return err
	}
	if err := rpc.Ping(); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	if p.diagnostics, err = dispense[grpcplugin.DiagnosticsClient](rpc, "diagnostics"); err != nil {
		return err
	}
	if p.resource, err = dispense[grpcplugin.ResourceClient](rpc, "resource"); err != nil {
		return err
	}
	if p.data, err = dispense[grpcplugin.DataClient](rpc, "data"); err != nil {
		return err
	}
	p.stream, err = dispense[grpcplugin.StreamClient](rpc, "stream")
	return err
}

// dispense returns one service of the plugin as its client type.
func dispense[T any](rpc goplugin.ClientProtocol, name string) (T, error) {
	var none T
	raw, err := rpc.Dispense(name)
	if err != nil {
		return none, fmt.Errorf("service %s: %w", name, err)
	}
	client, ok := raw.(T)
	if !ok {
		return none, fmt.Errorf("service %s: unexpected client %T", name, raw)
	}
	return client, nil
}

// stop ends the plugin as Grafana does: a graceful request, then, after 2 s, a kill.
func (p *plugin) stop() stopReport {
	p.stopOnce.Do(func() {
		began := time.Now()
		p.client.Kill()
		p.stopped.StopMs = milliseconds(time.Since(began))
		// Set once the process has been waited for, which Kill does.
		if state := p.cmd.ProcessState; state != nil {
			p.stopped.ExitCode = state.ExitCode()
			if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
				p.stopped.Signal = status.Signal().String()
				p.stopped.KilledByForce = status.Signal() == syscall.SIGKILL
			}
		}
	})
	return p.stopped
}

// report says which process runs and how long it took to get there.
func (p *plugin) report() hostReport {
	return hostReport{
		Pid:         p.cmd.Process.Pid,
		HandshakeMs: milliseconds(p.handshake),
		ConnectMs:   milliseconds(p.connect),
		Exited:      p.client.Exited(),
	}
}

// describe is the report as one line of JSON.
func (p *plugin) describe() string {
	line, err := json.Marshal(p.report())
	if err != nil {
		return "{}"
	}
	return string(line)
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}
