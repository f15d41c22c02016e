using System.Globalization;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Shouldly;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>A host that joins, or pretends to: the calls of the real one, each part of which can be changed before or after it is signed.</summary>
internal sealed class EnrolmentJoiner : IDisposable
{
    private static readonly MembershipJson Json = MembershipJson.Default;
    private static int _count;

    private readonly EnrolmentBench _bench;
    private readonly JoinToken _token;
    private readonly JoiningTrust _trust;

    public EnrolmentJoiner(EnrolmentBench bench, JoinToken token, string source = EnrolmentBench.Stranger)
    {
        _bench = bench;
        _token = token;
        Source = source;
        string name = "joiner-" + Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture);
        _trust = JoiningTrust.Open(Path.Combine(bench.Root, name), Path.Combine(bench.Root, "keys", name + ".key"), token.Node);
    }

    public string Source { get; }

    public string MeshKeyHash => _trust.MeshKeyHash;

    public byte[] SigningKey => _trust.SigningPublicKey.ToArray();

    public byte[] Request(LeafKind kind) => _trust.MakeRequest(kind);

    /// <summary>A call of <c>begin</c>.</summary>
    /// <param name="change">Before it is signed.</param>
    public EnrolmentBegin Begin(Action<EnrolmentBegin>? change = null)
    {
        var call = new EnrolmentBegin
        {
            Token = _token.Id,
            Key = _token.Key.ToArray(),
            Node = _token.Node,
            SigningKey = SigningKey,
            WrapKey = _trust.WrapPublicKey.ToArray(),
            MeshRequest = Request(LeafKind.Mesh),
            ServerRequest = Request(LeafKind.Server),
            Signature = [],
        };
        change?.Invoke(call);
        call.Signature = _trust.Sign(EnrolmentSignature.Bytes(
            "enrolment/begin", Text(call.Token), Text(call.Node), call.WrapKey, call.MeshRequest, call.ServerRequest, EnrolmentSignature.Texts([.. call.ServerNames])));
        return call;
    }

    /// <summary>A call of <c>complete</c>.</summary>
    public EnrolmentComplete Complete(EnrolmentBegun begun, Action<EnrolmentComplete>? change = null)
    {
        var call = new EnrolmentComplete
        {
            Token = _token.Id,
            Key = _token.Key.ToArray(),
            Node = _token.Node,
            NodeId = _trust.NodeId,
            SigningKey = SigningKey,
            WrapKey = _trust.WrapPublicKey.ToArray(),
            MeshCertificate = begun.MeshChain[0],
            ServerCertificate = begun.ServerChain[0],
            Generation = begun.Generation,
            Signature = [],
        };
        change?.Invoke(call);
        call.Signature = _trust.Sign(EnrolmentSignature.Bytes(
            "enrolment/complete",
            Text(call.Token), Text(call.Node), Text(call.NodeId), call.WrapKey, call.MeshCertificate, call.ServerCertificate,
            EnrolmentSignature.Texts([.. call.Addresses]), Text(call.AdminAddress ?? ""), Text(call.Generation.ToString(CultureInfo.InvariantCulture))));
        return call;
    }

    public Task<Reply> BeginAsync(Action<EnrolmentBegin>? change = null) => SendAsync(Begin(change));

    public Task<Reply> SendAsync(EnrolmentBegin call) => _bench.PostAsync("begin", call, Json.EnrolmentBegin, Source);

    public Task<Reply> CompleteAsync(EnrolmentBegun begun, Action<EnrolmentComplete>? change = null) => SendAsync(Complete(begun, change));

    public Task<Reply> SendAsync(EnrolmentComplete call) => _bench.PostAsync("complete", call, Json.EnrolmentComplete, Source);

    public Task<Reply> AbortAsync()
    {
        var call = new EnrolmentCall { Token = _token.Id, Key = _token.Key.ToArray(), SigningKey = SigningKey, Signature = _trust.Sign(EnrolmentSignature.Bytes("enrolment/abort", Text(_token.Id))) };
        return _bench.PostAsync("abort", call, Json.EnrolmentCall, Source);
    }

    /// <summary>Begins, which succeeds.</summary>
    public async Task<EnrolmentBegun> BegunAsync(params string[] names) => Read(await BeginAsync(call => call.ServerNames = names));

    /// <summary>What a good answer to <c>begin</c> says.</summary>
    public static EnrolmentBegun Read(Reply reply)
    {
        reply.Status.ShouldBe(200, reply.Body);
        return JsonSerializer.Deserialize(reply.Body, MembershipJson.Lenient.EnrolmentBegun).ShouldNotBeNull();
    }

    public void Dispose() => _trust.Dispose();

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
