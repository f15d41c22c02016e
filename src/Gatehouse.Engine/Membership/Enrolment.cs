using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Membership;

/// <summary>
/// Lets nodes in: proves the cluster to who holds a token, hands keys and certificates to who reserved it, and adds the node to
/// the state when it has shown that it reads the store. Every refusal of a token looks the same; its reason is for the trail.
/// </summary>
internal sealed class Enrolment(EnrolmentServices services)
{
    private const int MostNames = 32;

    // Stands in for the key of a token that is not there, so that no answer and no time tells that it is not.
    private readonly byte[] _nobody = RandomNumberGenerator.GetBytes(EnrolmentProof.Bytes);

    private NodeTrust Trust => services.Trust;

    /// <summary>Whether a token is open, by its id; for limits, never for an answer.</summary>
    public bool IsOpen(string tokenId) => Find(tokenId) is { } token && token.Expires > services.Time.GetUtcNow();

    /// <summary>By what the joiner knows the cluster. Answered whatever the token is.</summary>
    public EnrolmentAuthority Authority(string tokenId, ReadOnlySpan<byte> nonce)
    {
        byte[] keyHash = Find(tokenId)?.KeyHash ?? HMACSHA256.HashData(_nobody, Encoding.UTF8.GetBytes(tokenId));
        return new EnrolmentAuthority
        {
            Root = Trust.Root.RawData,
            Chain = [.. Trust.Server.Chain.Select(static c => c.RawData)],
            Proof = EnrolmentProof.Of(keyHash, tokenId, nonce, SHA256.HashData(Trust.Server.Certificate.RawData)),
        };
    }

    /// <summary>Reserves the token and hands out what the joiner needs to read the store.</summary>
    public async ValueTask<EnrolmentResult<EnrolmentBegun>> BeginAsync(EnrolmentBegin call, CancellationToken cancellation)
    {
        byte[] signed = EnrolmentSignature.Bytes(
            "enrolment/begin", Id(call), Text(call.Node), call.WrapKey, call.MeshRequest, call.ServerRequest, EnrolmentSignature.Texts([.. call.ServerNames]));
        if (Check(call, call.Node, signed, out TokenDocument? token) is { } reason)
        {
            return new(TokenChanges.Refusal(), reason);
        }

        if (Impossible(call, token!) is { } impossible)
        {
            return new(impossible, "impossible");
        }

        if (services.Store() is not { } store)
        {
            return new(NotShared(), "store_not_shared");
        }

        ImmutableArray<byte[]> mesh;
        ImmutableArray<byte[]> server;
        DateTimeOffset now = services.Time.GetUtcNow();
        try
        {
            mesh = Trust.AnswerRequest(LeafKind.Mesh, call.MeshRequest, token!.Node, [], now);
            server = Trust.AnswerRequest(LeafKind.Server, call.ServerRequest, token.Node, [.. call.ServerNames], now);
        }
        catch (ProblemException fault)
        {
            return new(fault.Problem, "certificate_request");
        }

        // On record before they are handed out: what nobody knows of cannot be revoked.
        string holder = Holder(call);
        ImmutableArray<CertificateDocument> handedOut = [RecordOf(mesh[0], LeafKind.Mesh, token), RecordOf(server[0], LeafKind.Server, token)];
        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            Actor(call), $"node {token.Node} begins to join", document => TokenChanges.Reserve(document, token.Id, holder, handedOut, now), cancellation);
        if (!outcome.Succeeded)
        {
            return new(outcome.Problems[0], "not_reserved");
        }

        byte[] secret = JsonSerializer.SerializeToUtf8Bytes(store, MembershipJson.Default.EnrolmentStore);
        var begun = new EnrolmentBegun
        {
            ClusterId = Trust.ClusterId,
            Generation = outcome.Generation,
            DataKeys = Trust.WrapDataKeys(call.WrapKey),
            Store = NodeTrust.Wrap(call.WrapKey, StorePurpose(Trust.ClusterId, token.Id), secret),
            MeshChain = mesh,
            ServerChain = server,
        };
        CryptographicOperations.ZeroMemory(secret);
        return new(begun, outcome.Generation, token.Node);
    }

    /// <summary>Adds the node.</summary>
    public async ValueTask<EnrolmentResult<EnrolmentCompleted>> CompleteAsync(EnrolmentComplete call, CancellationToken cancellation)
    {
        byte[] signed = EnrolmentSignature.Bytes(
            "enrolment/complete",
            Id(call), Text(call.Node), Text(call.NodeId), call.WrapKey, call.MeshCertificate, call.ServerCertificate,
            EnrolmentSignature.Texts([.. call.Addresses]), Text(call.AdminAddress ?? ""), Text(call.Generation.ToString(CultureInfo.InvariantCulture)));
        if (Check(call, call.Node, signed, out TokenDocument? token) is { } reason)
        {
            return new(TokenChanges.Refusal(), reason);
        }

        DateTimeOffset now = services.Time.GetUtcNow();
        ClusterDocumentFacts current = new(services.Snapshots.Current.Document.Membership, services.Snapshots.Current.Generation);
        if (Facts(call, token!, current, now, out string? wrong) is not { } facts)
        {
            return new(EnrolmentProblems.EnrolmentAnswerUnusable.Because($"the node cannot become a member: {wrong}"), "impossible");
        }

        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            Actor(call), $"node {token!.Node} joins{(token.Roles.IsEmpty ? "" : " as " + string.Join(", ", token.Roles))}", document => NodeChanges.Join(document, facts, now), cancellation);
        return outcome.Succeeded
            ? new(new EnrolmentCompleted { Generation = outcome.Generation }, outcome.Generation, token.Node)
            : new(outcome.Problems[0], "not_joined");
    }

    /// <summary>The joiner gives up.</summary>
    public async ValueTask<EnrolmentResult<EnrolmentCompleted>> AbortAsync(EnrolmentCall call, CancellationToken cancellation)
    {
        if (Check(call, null, EnrolmentSignature.Bytes("enrolment/abort", Id(call)), out TokenDocument? token) is { } reason)
        {
            return new(TokenChanges.Refusal(), reason);
        }

        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            Actor(call), $"node {token!.Node} gave up joining", document => TokenChanges.Release(document, token.Id, Holder(call), services.Time.GetUtcNow()), cancellation);
        return outcome.Succeeded
            ? new(new EnrolmentCompleted { Generation = outcome.Generation }, outcome.Generation, token.Node)
            : new(outcome.Problems[0], "not_released");
    }

    /// <summary>For what the store's settings are wrapped.</summary>
    public static string StorePurpose(string clusterId, string tokenId) => $"enrolment-store/{clusterId}/{tokenId}";

    /// <summary>Why nobody can join a cluster whose store is one node's.</summary>
    public static Problem NotShared() => EnrolmentProblems.StoreNotShared.Because(
        "the cluster's store is SQLite, which only this node can read", hint: "move it to etcd first: gatehouse store move --to etcd --endpoint https://HOST:2379");

    // Everything is looked at, whatever was wrong before: neither answer nor time tells how far it came.
    private string? Check(EnrolmentCall call, string? node, byte[] signed, out TokenDocument? token)
    {
        TokenDocument? found = Find(call.Token);
        bool isKey = EnrolmentProof.IsKey(found?.KeyHash ?? _nobody, call.Key);
        bool isSigned = EnrolmentSignature.Verify(call.SigningKey, signed, call.Signature);
        bool isOver = found?.Expires <= services.Time.GetUtcNow();
        bool isHeld = found?.ReservedBy is { } holder && holder != Holder(call);
        string? reason = found is null ? "unknown_token"
            : !isKey ? "wrong_key"
            : !isSigned ? "wrong_signature"
            : isOver ? "expired"
            : isHeld ? "reserved"
            : node is not null && node != found.Node ? "wrong_name"
            : null;
        token = reason is null ? found : null;
        return reason;
    }

    private Problem? Impossible(EnrolmentBegin call, TokenDocument token)
    {
        MembershipDocument membership = services.Snapshots.Current.Document.Membership;
        if (!Trust.IsIssuer)
        {
            return EnrolmentProblems.NoIssuer.Because("this node does not hold the CA's keys", hint: "make a token on a node with role issuer");
        }

        if (!token.Replace && membership.Nodes.ContainsKey(token.Node))
        {
            return EnrolmentProblems.NodeExists.Because($"the cluster has a node `{token.Node}` already", hint: "make a token with --replace");
        }

        return !EnrolmentSignature.IsWrapKey(call.WrapKey) || call.ServerNames.Count > MostNames || call.ServerNames.Any(static name => name.Contains('*', StringComparison.Ordinal))
            ? EnrolmentProblems.EnrolmentAnswerUnusable.Because("the request names a key, or names, that a node cannot have")
            : HostClaims.Refusal(membership, token.Node, call.ServerNames.Append(token.Node), token.SameHosts);
    }

    private CertificateDocument RecordOf(byte[] leaf, LeafKind kind, TokenDocument token)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(leaf);
        return CertificateRecords.Of(certificate, kind, token.Node, Trust.View.Authorities[0].Id, TokenChanges.ActorOf(token.Id));
    }

    private JoinFacts? Facts(EnrolmentComplete call, TokenDocument token, ClusterDocumentFacts current, DateTimeOffset now, out string? wrong)
    {
        wrong = null;
        ImmutableDictionary<string, byte[]> authorityKeys = ImmutableDictionary<string, byte[]>.Empty;
        try
        {
            using X509Certificate2 mesh = X509CertificateLoader.LoadCertificate(call.MeshCertificate);
            using X509Certificate2 server = X509CertificateLoader.LoadCertificate(call.ServerCertificate);
            TrustedAuthority? authority = Trust.View.Authorities.FirstOrDefault(a => a.SignedNode(mesh));
            wrong = authority is null || !authority.SignedNode(server) ? "its certificates are not of this cluster"
                : !Trust.NamesNode(mesh, token.Node) ? "its mesh certificate names another node"
                : !IsHex(call.NodeId, 16) || current.Membership.Nodes.Values.Any(node => node.Id == call.NodeId && node.Name != token.Node) ? "its id is another node's, or none"
                : !EnrolmentSignature.IsWrapKey(call.WrapKey) ? "its key is none"
                : call.Generation < 1 || call.Generation > current.Generation ? "it has not read this cluster's state"
                : call.Addresses.Count > JoinToken.MostAddresses || call.Addresses.Append(call.AdminAddress ?? "localhost:1").Any(static a => !TokenAddress.TryParse(a, out _)) ? "its addresses are none"
                : null;
            if (wrong is not null)
            {
                return null;
            }

            if (token.Roles.Contains(NodeDocument.Issuer, StringComparer.Ordinal))
            {
                authorityKeys = current.Membership.Authorities.ToImmutableDictionary(static a => a.Id, a => Trust.WrapAuthority(a, call.WrapKey));
            }

            return new JoinFacts
            {
                TokenId = token.Id,
                Holder = Holder(call),
                Node = token.Node,
                NodeId = call.NodeId,
                WrapKey = call.WrapKey,
                SigningKey = call.SigningKey,
                MeshKey = IssuedCertificate.KeyHashOf(mesh),
                Addresses = [.. call.Addresses],
                AdminAddress = call.AdminAddress,
                Certificates =
                [
                    CertificateRecords.Of(mesh, LeafKind.Mesh, token.Node, authority!.Id, token.CreatedBy),
                    CertificateRecords.Of(server, LeafKind.Server, token.Node, authority.Id, token.CreatedBy),
                ],
                AuthorityKeys = authorityKeys,
                DataKeys = Trust.WrapDataKeys(current.Membership, call.WrapKey),
                Services = services.ServiceNames(),
                Host = Trust.NodeName,
            };
        }
        catch (Exception fault) when (fault is CryptographicException or ProblemException)
        {
            wrong = fault is ProblemException problem ? problem.Problem.Text : "its certificates cannot be read";
            return null;
        }
    }

    private TokenDocument? Find(string id) => services.Snapshots.Current.Document.Membership.Tokens.GetValueOrDefault(id);

    private static string Actor(EnrolmentCall call) => TokenChanges.ActorOf(call.Token);

    private static string Holder(EnrolmentCall call) => Convert.ToHexStringLower(SHA256.HashData(call.SigningKey));

    private static byte[] Id(EnrolmentCall call) => Text(call.Token);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    private readonly record struct ClusterDocumentFacts(MembershipDocument Membership, long Generation);
}

/// <summary>What enrolment works with.</summary>
internal sealed record EnrolmentServices
{
    /// <summary>The state.</summary>
    public required SnapshotHolder Snapshots { get; init; }

    /// <summary>Changes of it.</summary>
    public required IStateChanges Changes { get; init; }

    /// <summary>This node's trust.</summary>
    public required NodeTrust Trust { get; init; }

    /// <summary>The store as a joiner is told of it; null: it is this node's alone.</summary>
    public required Func<EnrolmentStore?> Store { get; init; }

    /// <summary>Services that this node's configuration has.</summary>
    public required Func<ImmutableArray<string>> ServiceNames { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}

/// <summary>How an enrolment call ended.</summary>
internal sealed record EnrolmentResult<T>
    where T : class
{
    /// <summary>It succeeded.</summary>
    public EnrolmentResult(T value, long generation, string node)
    {
        Value = value;
        Generation = generation;
        Node = node;
    }

    /// <summary>It was refused.</summary>
    public EnrolmentResult(Problem problem, string reason)
    {
        Problem = problem;
        Reason = reason;
    }

    /// <summary>The answer.</summary>
    public T? Value { get; }

    /// <summary>What the caller is told.</summary>
    public Problem? Problem { get; }

    /// <summary>Why, for the trail; a fixed word.</summary>
    public string? Reason { get; }

    /// <summary>The generation that it made.</summary>
    public long Generation { get; }

    /// <summary>The node.</summary>
    public string? Node { get; }
}
