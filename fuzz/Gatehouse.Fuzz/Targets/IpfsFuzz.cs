using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Requests to the gates for IPFS. Input: a letter for the system, method, space, target, newline, body. What is accepted means the same
/// when it is forwarded, names no CID but in its one form, and cannot be read as another.
/// </summary>
public sealed class IpfsFuzz : IFuzzTarget
{
    private static readonly string[] Systems =
    [
        IpfsCatalogues.ClusterSystem, IpfsCatalogues.PinningSystem, IpfsCatalogues.ProxySystem, IpfsCatalogues.KuboSystem, IpfsCatalogues.MetricsSystem,
    ];

    private readonly CanonicalTarget _target = new();
    private readonly OperationSet _set = new();

    /// <inheritdoc/>
    public string Name => "ipfs";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "bafkqaaa", "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "/pins/", "/ipfs/",
        "/ipns/", "/api/v0/", "pin/add", "pin/rm", "pin/update", "pin/ls", "add", "?arg=", "&arg=", "expire-in=1s", "replication-min=1", "origins=",
        "pin-update=", "meta-", "gatehouse-", "meta-gatehouse-owner=x", "user-allocations=", "cids=", "filter=pinned", "local=true", "unpin=false",
        "pin=true", "to-files=/a", "{\"cid\":\"bafkqaaa\"}", "\"origins\":[]", "\"meta\":{}", "recover", "sync", "%2F", "..", "nocopy=true",
        "/p2p/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "f015500", "z", "k", "u",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (Cid.TryParse(input, out Cid? cid))
        {
            Require(Cid.TryParse(cid.Text, out Cid? again) && again.Text == cid.Text && again.Key == cid.Key, "the CID's one form is a CID of the same content");
            Require(Cid.TryParse(cid.Exact, out Cid? exact) && exact.Equals(cid), "the pin's name is the same pin");
        }

        int line = input.IndexOf((byte)'\n');
        ReadOnlySpan<byte> first = line < 0 ? input : input[..line];
        int space = first.IndexOf((byte)' ');
        if (space < 1)
        {
            return;
        }

        string system = Systems[first[0] % Systems.Length];
        string method = Encoding.Latin1.GetString(first[1..space]);
        if (_target.Parse(Encoding.Latin1.GetString(first[(space + 1)..])) != TargetError.None)
        {
            return;
        }

        CatalogueMatch match = IpfsCatalogues.All[system].Match(method, _target);
        if (!match.IsMatch)
        {
            return;
        }

        ReadOnlySpan<byte> body = line < 0 || match.Endpoint!.BodyMode != BodyMode.Json ? default : input[(line + 1)..];
        if (!IpfsReader.TryRead(system, match.Endpoint!, method, _target, body, _set, out IpfsRequest? read, out IpfsFault? fault))
        {
            Require(_set.Count == 0 && fault.Reason.Length > 0, "a refused request has no operation, and a reason");
            return;
        }

        Require(_set.Count > 0 && read.Scopes.Count == _set.Count, "an accepted request has operations, each with its scope");
        Require(_set[0].Action.Name == match.Endpoint!.Actions[0] || system == IpfsCatalogues.ProxySystem, "the first is the endpoint's own");
        Require(!read.Options.MetadataKeys.Any(static k => k.StartsWith("gatehouse-", StringComparison.OrdinalIgnoreCase)), "no reserved metadata");
        CanonicalTarget forwarded = new();
        OperationSet repeated = new();
        Require(forwarded.Parse(_target.ToString()) == TargetError.None, "what is forwarded can be read");
        CatalogueMatch same = IpfsCatalogues.All[system].Match(method, forwarded);
        Require(
            same.IsMatch && IpfsReader.TryRead(system, same.Endpoint!, method, forwarded, body, repeated, out _, out _) && Describe(_set) == Describe(repeated),
            "the forwarded request means the same");
        RequireScopes(read);
    }

    private void RequireScopes(IpfsRequest read)
    {
        for (int i = 0; i < _set.Count; i++)
        {
            if (read.Scopes[i] is not (IpfsScope.Pin or IpfsScope.NewPin))
            {
                continue;
            }

            Require(_set[i].ResourceCount > 0, "what is about pins names them");
            for (int r = 0; r < _set[i].ResourceCount; r++)
            {
                string text = Encoding.UTF8.GetString(_set[i].Resource(r));
                Require(Cid.TryParse(text, out Cid? cid) && cid.Text == text, "a pin is named in its one form");
            }
        }
    }

    private static string Describe(OperationSet set)
    {
        StringBuilder text = new();
        for (int i = 0; i < set.Count; i++)
        {
            text.Append(set[i].Action.Name).Append('(');
            for (int r = 0; r < set[i].ResourceCount; r++)
            {
                text.Append(Encoding.UTF8.GetString(set[i].Resource(r))).Append('|').Append(set[i].Scope(r)).Append(',');
            }

            text.Append(')');
        }

        return text.ToString();
    }
}
