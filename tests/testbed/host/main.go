// Command ginkgo-host runs one plugin through Grafana's own plugin client and
// speaks to the tests over HTTP as a Grafana would.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	plugin    string
	pluginID  string
	addr      string
	pluginLog string
	env       listFlag
	static    listFlag
	untilEOF  bool
}

// listFlag is a flag that may be given more than once.
type listFlag []string

func (l *listFlag) String() string     { return strings.Join(*l, ",") }
func (l *listFlag) Set(v string) error { *l = append(*l, v); return nil }

func main() {
	var opts options
	flag.StringVar(&opts.plugin, "plugin", "", "plugin executable")
	flag.StringVar(&opts.pluginID, "plugin-id", "ginkgo-loki-datasource", "plugin id in the plugin context")
	flag.StringVar(&opts.addr, "addr", "127.0.0.1:0", "address to listen on")
	flag.StringVar(&opts.pluginLog, "plugin-log", "", "file for the plugin's log (default stderr)")
	flag.Var(&opts.env, "env", "KEY=VALUE for the plugin's environment, repeatable")
	flag.Var(&opts.static, "static", "/path/=FOLDER whose files are served under that path, repeatable")
	flag.BoolVar(&opts.untilEOF, "until-eof", false, "end when stdin ends, so as not to outlive a killed test run")
	flag.Parse()

	if err := run(opts); err != nil {
		fmt.Fprintln(os.Stderr, "ginkgo-host:", err)
		os.Exit(1)
	}
}

// run serves until a signal comes or stdin ends, then stops the plugin.
func run(opts options) error {
	if opts.plugin == "" {
		return errors.New("--plugin is needed")
	}
	mounts, err := parseMounts(opts.static)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if opts.untilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}

	log, closeLog, err := newPluginLog(opts.pluginLog)
	if err != nil {
		return err
	}
	defer closeLog()

	plugin, err := startPlugin(opts.plugin, opts.env, log)
	if err != nil {
		return fmt.Errorf("start plugin: %w", err)
	}
	defer plugin.stop()

	listener, err := net.Listen("tcp", opts.addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           newServer(plugin, opts.pluginID).routes(mounts),
		ReadHeaderTimeout: 10 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	// The first line is the address, the second what GET /api/host answers.
	fmt.Printf("http://%s\n%s\n", listener.Addr(), plugin.describe())

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// The plugin ends first: its going is what ends the open streams.
	plugin.stop()
	_ = server.Close()
	return nil
}
