using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gatehouse.Testing.Ipfs;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>A request that every role makes.</summary>
/// <param name="Gate">The gate of <see cref="GuardedIpfs"/>.</param>
/// <param name="Line">
/// <c>METHOD TARGET [BODY]</c>. A word in braces is a new CID each time, in that state before: <c>{free}</c> nobody's and not pinned,
/// <c>{own}</c> the caller's, <c>{shared}</c> the caller's and another's, <c>{other}</c> another's, <c>{outside}</c> pinned around
/// the gate. With <c>-id</c> it is the request's id at the pinning service. <c>{+other}</c> stands for nothing: before, another pins
/// something. The body <c>file</c> is a multipart form.
/// </param>
internal sealed partial record RoleRow(string Gate, string Line)
{
    /// <summary>The row's name in the file.</summary>
    public string Label => Line.Replace("{+other}", "", StringComparison.Ordinal);

    /// <summary>A word in braces; the braces of JSON hold quotes.</summary>
    [GeneratedRegex("{[^\"{}]*}", RegexOptions.NonBacktracking)]
    public static partial Regex Placeholder();
}

/// <summary>Asks one row as one role and puts what came of it into a word.</summary>
internal sealed class RoleTable(GuardedIpfs ipfs) : IDisposable
{
    /// <summary>What needs a state that the role cannot bring about.</summary>
    public const string Impossible = "-";

    private static readonly string[] CannotPin = ["anonymous", "ipfs_monitor", "ipfs_viewer", "ipfs_operator"];

    private readonly Dictionary<(string Gate, string Role), HttpClient> _clients = [];
    private int _contents;
    private string? _foreign;

    public void Dispose()
    {
        foreach (HttpClient client in _clients.Values)
        {
            client.Dispose();
        }
    }

    /// <summary>
    /// <c>allowed</c>, <c>own</c> for a list that does not show another's pin; the status of a refusal of the gate's; <c>passed N</c> where the upstream itself answered with an error. A
    /// refusal that changed anything upstream all the same ends with <c>!</c>.
    /// </summary>
    public async Task<string> AskAsync(RoleRow row, string role)
    {
        if (CannotPin.Contains(role) && (row.Line.Contains("{own") || row.Line.Contains("{shared")))
        {
            return Impossible;
        }

        ipfs.Forget();
        _foreign = null;
        string line = row.Line.Replace("{peer}", Peers.First, StringComparison.Ordinal);
        for (Match match = RoleRow.Placeholder().Match(line); match.Success; match = RoleRow.Placeholder().Match(line))
        {
            line = line[..match.Index] + await MakeAsync(match.Value[1..^1], role) + line[(match.Index + match.Length)..];
        }

        string[] words = line.Split(' ', 3);
        string before = State();
        using var request = new HttpRequestMessage(new HttpMethod(words[0]), words[1]) { Content = Body(words.ElementAtOrDefault(2)) };
        using HttpResponseMessage answer = await Client(row.Gate, role).SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode < HttpStatusCode.BadRequest)
        {
            return _foreign is not null && !text.Contains(_foreign, StringComparison.Ordinal) ? "own" : "allowed";
        }

        bool isGates = text.Contains("(GH", StringComparison.Ordinal) || text.Contains("\"GH", StringComparison.Ordinal) || text.Length == 0;
        return (isGates ? "" : "passed ") + (int)answer.StatusCode + (isGates && State() != before ? "!" : "");
    }

    private static ByteArrayContent? Body(string? body)
    {
        if (body is null)
        {
            return null;
        }

        bool isFile = body == "file";
        string text = isFile ? $"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{Guid.NewGuid()}\r\n--b--\r\n" : body;
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(isFile ? "multipart/form-data; boundary=b" : "application/json");
        return content;
    }

    private string State() =>
        $"{ipfs.Peer.Cluster.Pins.Changes} {ipfs.Peer.Cluster.Collections} {ipfs.Peer.Kubo.Done.Count} {ipfs.Locked.Done.Count} {ipfs.Peer.Cluster.Blobs.Known.Count}";

    private async Task<string> MakeAsync(string word, string role)
    {
        string cid = Cids.OfRaw(BitConverter.GetBytes(++_contents));
        if (word == "+other")
        {
            _foreign = await PinAsync("other", cid, isId: false);
            return "";
        }

        (string state, bool isId) = word.EndsWith("-id", StringComparison.Ordinal) ? (word[..^3], true) : (word, false);
        if (state == "outside")
        {
            ipfs.Peer.Cluster.Pins.Add(cid, new PinOptions());
        }

        string? owner = state is "own" or "shared" ? role : state is "other" ? "other" : null;
        string id = owner is null ? cid : await PinAsync(owner, cid, isId);
        if (state == "shared")
        {
            await PinAsync("other", cid, isId: false);
        }

        return isId ? id : cid;
    }

    private async Task<string> PinAsync(string user, string cid, bool isId)
    {
        using HttpResponseMessage answer = isId
            ? await Client("pinning", user).PostAsync("pins", Body($$"""{"cid":"{{cid}}"}"""))
            : await Client("cluster", user).PostAsync($"pins/{cid}", null);
        string text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        return isId ? JsonNode.Parse(text)!["requestid"]!.GetValue<string>() : cid;
    }

    private HttpClient Client(string gate, string role)
    {
        if (!_clients.TryGetValue((gate, role), out HttpClient? client))
        {
            client = ipfs.Daemon.Client(ipfs.Address(gate).Port, role == "anonymous" ? null : role, GuardedIpfs.Password);
            client.Timeout = TimeSpan.FromSeconds(30);
            _clients[(gate, role)] = client;
        }

        return client;
    }
}
