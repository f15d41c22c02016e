using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs;
using Gatehouse.Testing.Ipfs.State;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.CrossSite;

/// <summary>
/// What each page tries at the gates <c>cluster</c> and <c>proxy</c>, before the stand-ins of a whole peer: to read the pins, to pin, to unpin,
/// to add and to collect garbage, in every way that a page has. Upstream carries out all of it, whatever a page's origin is.
/// </summary>
internal sealed class IpfsTries : IAsyncDisposable
{
    // Pins of each page's own: there beforehand, to be unpinned, and to be made.
    private static readonly string[] Kept = ["delete", "rm-image", "rm-post"];
    private static readonly string[] Made = ["pin-no-cors", "pin-form", "pin-read", "proxy-pin", "proxy-image"];

    private readonly IpfsStandIns _peer;
    private readonly int _cluster = Ports.Free();
    private readonly int _proxy = Ports.Free();
    private readonly string _allowed;

    private IpfsTries(IpfsStandIns peer, string allowed) => (_peer, _allowed) = (peer, allowed);

    /// <summary>The grants that everybody has.</summary>
    public static string[] Grants { get; } = ["ipfs-cluster:*:**", "ipfs-proxy:*:**"];

    /// <summary>Starts the stand-ins, with the pins of some pages.</summary>
    public static async Task<IpfsTries> StartAsync(string allowed, params string[] pages)
    {
        IpfsStandIns peer = await IpfsStandIns.StartAsync(new StandInOptions());
        foreach (string page in pages)
        {
            foreach (string what in Kept)
            {
                peer.Cluster.Pins.Add(Cid(page, what), new PinOptions { Name = "the secret" });
            }
        }

        return new IpfsTries(peer, allowed);
    }

    /// <summary>The gates, which pages of the allowed name may use.</summary>
    public string Gates(int port) => string.Concat(new[] { ("cluster", _cluster, _peer.Cluster.Address.Port), ("proxy", _proxy, _peer.Proxy.Address.Port) }.Select(g =>
        $"  {g.Item1}:\n    protocol: http\n    system: ipfs-{g.Item1}\n    tls: false\n    realms: [everybody]\n    listen: 127.0.0.1:{g.Item2}\n"
        + $"    upstream: http://127.0.0.1:{g.Item3}\n    cors: {{ origins: ['http://{_allowed}:{port}'], methods: [GET, POST, DELETE] }}\n"));

    /// <summary>The page's script, which writes into <c>found</c>.</summary>
    public string Script(params string[] pages)
    {
        string cids = string.Join(", ", pages.Select(page => $"'{page}': {{ {string.Join(", ", Kept.Concat(Made).Select(what => $"'{what}': '{Cid(page, what)}'"))} }}"));
        return Page.Replace("CIDS", cids, StringComparison.Ordinal)
            .Replace("CLUSTER", $"http://localhost:{_cluster}", StringComparison.Ordinal).Replace("PROXY", $"http://localhost:{_proxy}", StringComparison.Ordinal);
    }

    /// <summary>That a page read nothing and changed nothing.</summary>
    public void ShouldBeUntouchedBy(string page, Dictionary<string, string> found)
    {
        KeyValuePair<string, string>[] tries = [.. found.Where(static f => f.Key.StartsWith("ipfs ", StringComparison.Ordinal))];
        tries.Length.ShouldBe(13, "it did try");
        tries.ShouldAllBe(static t => t.Value == "refused" || t.Value == "opaque" || t.Value == "sent");
        Kept.ShouldAllBe(what => _peer.Cluster.Pins.Find(Cid(page, what)) != null);
        Made.ShouldAllBe(what => _peer.Cluster.Pins.Find(Cid(page, what)) == null);
        Changing().Where(r => r.Target.EndsWith("name=" + page, StringComparison.Ordinal) || Kept.Concat(Made).Any(what => r.Target.Contains(Cid(page, what), StringComparison.Ordinal))).ShouldBeEmpty();
        _peer.Cluster.Blobs.Known.ShouldNotContain(Cids.OfRaw(Encoding.UTF8.GetBytes("from " + page)));
        _peer.Cluster.Collections.ShouldBe(0);
    }

    /// <summary>That the allowed page read and did what it asked for, and no more.</summary>
    public void ShouldHaveServed(string page, Dictionary<string, string> found)
    {
        found.Where(static f => f.Key.StartsWith("ipfs ", StringComparison.Ordinal)).ToDictionary(static f => f.Key, static f => f.Value).ShouldBe(
            new Dictionary<string, string>
            {
                ["ipfs read"] = "200 the secret",
                ["ipfs proxy-read"] = "200",
                ["ipfs pin-read"] = "200",
                ["ipfs pin-no-cors"] = "opaque",
                ["ipfs pin-form"] = "sent",
                ["ipfs delete"] = "200 the secret",
                ["ipfs put"] = "refused",
                ["ipfs add"] = "200",
                ["ipfs proxy-pin"] = "200",
                ["ipfs rm-post"] = "200",
                ["ipfs rm-image"] = "refused",
                ["ipfs proxy-image"] = "refused",
                ["ipfs gc"] = "not tried",
            },
            ignoreOrder: true);
        string[] there = [.. _peer.Cluster.Pins.All.Select(static p => p.Cid)];
        there.ShouldNotContain(Cid(page, "delete"));
        there.ShouldNotContain(Cid(page, "rm-post"));
        there.ShouldContain(Cid(page, "rm-image"));
        there.ShouldNotContain(Cid(page, "proxy-image"));
        new[] { "pin-no-cors", "pin-form", "pin-read", "proxy-pin" }.ShouldAllBe(what => there.Contains(Cid(page, what)));
        Changing().ShouldAllBe(static r => r.Method == "POST" || r.Method == "DELETE");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    private static string Cid(string page, string what) => Cids.OfRaw(Encoding.UTF8.GetBytes($"{page} {what}"));

    private RecordedRequest[] Changing() => [.. _peer.Cluster.Requests.All.Concat(_peer.Proxy.Requests.All).Where(static r => r.Method != "GET")];

    private const string Page =
        """
        async function ipfs() {
          const cid = { CIDS }[location.hostname];
          const note = async (what, url, how) => {
            const answer = await read(url, how);
            found['ipfs ' + what] = answer.split(' ')[0] + (answer.includes('the secret') ? ' the secret' : '');
          };
          const image = async (what, url) => {
            const image = new Image(), shown = event(image, 'onload', 'onerror');
            image.src = url;
            found['ipfs ' + what] = await shown;
          };
          const form = new FormData();
          form.append('file', new Blob(['from ' + location.hostname]), location.hostname);
          await note('read', 'CLUSTER/pins');
          await note('proxy-read', 'PROXY/api/v0/pin/ls', { method: 'POST' });
          await note('pin-read', 'CLUSTER/pins/' + cid['pin-read'], { method: 'POST' });
          await note('pin-no-cors', 'CLUSTER/pins/' + cid['pin-no-cors'], { method: 'POST', mode: 'no-cors', credentials: 'include' });
          await note('delete', 'CLUSTER/pins/' + cid['delete'], { method: 'DELETE' });
          await note('put', 'CLUSTER/pins/' + cid['pin-form'], { method: 'PUT' });
          await note('add', 'CLUSTER/add?name=' + location.hostname, { method: 'POST', body: form });
          await note('proxy-pin', 'PROXY/api/v0/pin/add?arg=' + cid['proxy-pin'], { method: 'POST', mode: ALLOWED ? 'cors' : 'no-cors' });
          await note('rm-post', 'PROXY/api/v0/pin/rm?arg=' + cid['rm-post'], { method: 'POST', mode: ALLOWED ? 'cors' : 'no-cors' });
          await image('rm-image', 'PROXY/api/v0/pin/rm?arg=' + cid['rm-image']);
          await image('proxy-image', 'PROXY/api/v0/pin/add?arg=' + cid['proxy-image']);
          found['ipfs gc'] = 'not tried';
          if (!ALLOWED) await note('gc', 'CLUSTER/ipfs/gc', { method: 'POST', mode: 'no-cors' });
          await submit('ipfs', 'CLUSTER/pins/' + cid['pin-form']);
          found['ipfs pin-form'] = 'sent';
        }
        """;
}
