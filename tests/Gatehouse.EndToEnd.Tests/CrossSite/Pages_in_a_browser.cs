using System.Diagnostics;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.CrossSite;

/// <summary>
/// Chromium with three pages that try the same at two gates that need no login, so that every request is carried out unless the
/// gate sees where it comes from: a page of another site, one of the same site on another port, and one that the gate <c>open</c> allows.
/// The pages try the gates of IPFS Cluster and its proxy besides (<see cref="IpfsTries"/>), in the same browser.
/// </summary>
public sealed class Pages_in_a_browser
{
    private const string Foreign = "evil.localhost";
    private const string Neighbour = "localhost";
    private const string Allowed = "app.localhost";

    private static readonly string[] Gates = ["open", "closed"];

    [Fact(Timeout = 120_000)]
    public async Task A_hostile_page_reads_and_changes_nothing_and_an_allowed_one_what_it_may()
    {
        await using Pages service = await Pages.GuardedAsync();
        await using IpfsTries ipfs = await IpfsTries.StartAsync(Allowed, Foreign, Neighbour, Allowed);
        int open = Ports.Free();
        int closed = Ports.Free();
        await using Pages pages = await Pages.ServeAsync(
            Page.Replace("OPEN", $"localhost:{open}", StringComparison.Ordinal).Replace("CLOSED", $"localhost:{closed}", StringComparison.Ordinal)
                .Replace("IPFS", ipfs.Script(Foreign, Neighbour, Allowed).Replace("ALLOWED", $"(location.hostname === '{Allowed}')", StringComparison.Ordinal), StringComparison.Ordinal),
            Foreign, Neighbour, Allowed);
        string gate = $"    protocol: http\n    tls: false\n    realms: [everybody]\n    upgrade: websocket\n    upstream: http://127.0.0.1:{service.Port}\n";
        await using Daemon daemon = await new Daemon(
            $$"""
            gates:
              open:
                listen: 127.0.0.1:{{open}}
                cors: { origins: ['http://{{Allowed}}:{{pages.Port}}'], methods: [GET, POST, DELETE], expose: [x-stream-error] }
            {{gate}}  closed:
                listen: 127.0.0.1:{{closed}}
            {{gate}}{{ipfs.Gates(pages.Port)}}
            """.ReplaceLineEndings("\n")).StartAsync();
        await daemon.SetRoleAsync("all", ["http:*:**", .. IpfsTries.Grants]);
        ShellResult realm = await daemon.CliAsync(["realm", "set", "everybody", "-f", "-"], "kind: anonymous\nanonymous: { roles: [all] }\n");
        realm.ExitCode.ShouldBe(0, realm.ToString());

        Dictionary<string, Dictionary<string, string>> found = await BrowseAsync(pages);

        ipfs.ShouldBeUntouchedBy(Foreign, found[Foreign]);
        ipfs.ShouldBeUntouchedBy(Neighbour, found[Neighbour]);
        ipfs.ShouldHaveServed(Allowed, found[Allowed]);
        string[] reached = [.. service.Reached];
        ShouldHaveReachedNothing(found, reached);
        reached.ShouldContain($"GET /{Foreign}/open/get", "the page did try");
        found[Allowed].Where(static f => f.Key.StartsWith("open ", StringComparison.Ordinal)).ToDictionary(static f => f.Key, static f => f.Value).ShouldBe(
            new Dictionary<string, string>
            {
                ["open get"] = "200 the secret none",
                ["open text"] = "200 the secret none",
                ["open multipart"] = "200 the secret none",
                ["open json"] = "200 the secret none",
                ["open header"] = "200 the secret none",
                ["open delete"] = "200 the secret none",
                ["open put"] = "refused",
                ["open other-header"] = "refused",
                ["open cookies"] = "refused",
                ["open no-cors"] = "opaque",
                ["open websocket"] = "refused",
                ["open image"] = "refused",
                ["open beacon"] = "sent",
                ["open form"] = "sent",
            },
            ignoreOrder: true);
        reached.Where(static r => r.StartsWith("PUT ", StringComparison.Ordinal) || r.StartsWith("OPTIONS ", StringComparison.Ordinal) || r.EndsWith("/other-header", StringComparison.Ordinal))
            .ShouldBeEmpty();
        reached.ShouldContain($"POST /{Allowed}/open/form");
        daemon.Trail().Count(static r => r.TryGetProperty("gatehouse.reason", out System.Text.Json.JsonElement reason) && reason.GetString() == "origin_not_allowed").ShouldBeGreaterThan(20);
    }

    private static void ShouldHaveReachedNothing(Dictionary<string, Dictionary<string, string>> found, string[] reached)
    {
        foreach ((string name, string at) in new[] { Foreign, Neighbour, Allowed }.SelectMany(static n => Gates.Select(g => (n, g))).Where(static p => p != (Allowed, "open")))
        {
            foreach ((string what, string came) in found[name].Where(f => f.Key.StartsWith(at + " ", StringComparison.Ordinal)))
            {
                came.ShouldBeOneOf("refused", "opaque", "sent");
                string[] arrived = [.. reached.Where(r => r.EndsWith($"/{name}/{what.Replace(' ', '/')}", StringComparison.Ordinal))];
                arrived.ShouldAllBe(r => r.StartsWith("GET ", StringComparison.Ordinal) && !what.EndsWith("websocket", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>Opens the pages; what each of them found.</summary>
    private static async Task<Dictionary<string, Dictionary<string, string>>> BrowseAsync(Pages pages)
    {
        using var profile = new TemporaryFolder();
        using Process browser = Process.Start(new ProcessStartInfo("chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--no-proxy-server", $"--user-data-dir={profile["profile"]}", "--remote-debugging-port=0",
                $"http://localhost:{pages.Port}/frames",
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        browser.BeginOutputReadLine();
        browser.BeginErrorReadLine();
        try
        {
            var found = new Dictionary<string, Dictionary<string, string>>();
            foreach (string name in (string[])[Foreign, Neighbour, Allowed])
            {
                found[name] = await pages.FoundAsync(name, TimeSpan.FromSeconds(60));
            }

            return found;
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync(CancellationToken.None);
        }
    }

    // Every try has a path of its own: /PAGE/GATE/TRY.
    private const string Page =
        """
        <!doctype html><body><script>
        const found = {}, gates = { open: 'OPEN', closed: 'CLOSED' };
        async function read(url, how) {
          try {
            const answer = await fetch(url, how);
            if (answer.type === 'opaque') return 'opaque';
            return `${answer.status} ${await answer.text()} ${answer.headers.get('x-stream-error')}`;
          } catch { return 'refused'; }
        }
        const event = (target, good, bad) => new Promise(done => { target[good] = () => done('let in'); target[bad] = () => done('refused'); });
        async function submit(to, url) {
          const frame = document.createElement('iframe'), into = document.createElement('form');
          frame.name = 'frame-' + to;
          into.target = frame.name; into.method = 'post'; into.action = url;
          document.body.append(frame, into);
          const gone = new Promise(done => { frame.onload = done; setTimeout(done, 5000); });
          into.submit();
          await gone;
        }
        IPFS
        async function tryAll(gate, host) {
          const at = what => `http://${host}/${location.hostname}/${gate}/${what}`;
          const note = async (what, how) => { found[`${gate} ${what}`] = await read(at(what), how); };
          const form = new FormData();
          form.append('file', new Blob(['x']), 'x');
          await note('get');
          await note('text', { method: 'POST', body: 'x' });
          await note('multipart', { method: 'POST', body: form });
          await note('json', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
          await note('header', { headers: { 'if-match': 'x' } });
          await note('delete', { method: 'DELETE' });
          await note('put', { method: 'PUT', body: 'x' });
          await note('other-header', { headers: { 'x-other': 'x' } });
          await note('cookies', { credentials: 'include' });
          await note('no-cors', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' });
          const socket = new WebSocket(at('websocket').replace('http:', 'ws:'));
          found[`${gate} websocket`] = await event(socket, 'onopen', 'onerror');
          const image = new Image(), shown = event(image, 'onload', 'onerror');
          image.src = at('image');
          found[`${gate} image`] = await shown;
          navigator.sendBeacon(at('beacon'), 'x');
          found[`${gate} beacon`] = 'sent';
          await submit(gate, at('form'));
          found[`${gate} form`] = 'sent';
        }
        (async () => {
          for (const gate in gates) await tryAll(gate, gates[gate]);
          await ipfs();
          await fetch('/found', { method: 'POST', body: JSON.stringify(found) });
        })();
        </script>
        """;
}
