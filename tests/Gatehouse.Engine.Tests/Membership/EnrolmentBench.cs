using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Membership;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>
/// Node <c>alpha</c>, an issuer, that lets others in: the real admin application, enrolment, CA and changes of the state; state and trail
/// are in memory. Beside it is <c>beta</c>.
/// </summary>
internal sealed class EnrolmentBench : IDisposable
{
    public const string Stranger = "192.0.2.66";

    private readonly AdminBench _admin;

    private EnrolmentBench(string root, NodeTrust trust, TimeProvider time)
    {
        Root = root;
        Trust = trust;
        Time = time;
        _admin = new AdminBench(services => services with { Membership = Members(services) });
        MembershipDocument alone = trust.DescribeAlone(time.GetUtcNow(), "t");
        NodeDocument alpha = alone.Nodes["alpha"];
        Set(alone with
        {
            Nodes = alone.Nodes
                .SetItem("alpha", alpha with { Addresses = ["127.0.0.1:1"], AdminAddress = "10.0.0.1:7443" })
                .Add("beta", alpha with
                {
                    Name = "beta",
                    Id = "00000000000000bb",
                    Number = 2,
                    PeerAddress = "127.77.0.2",
                    Roles = [],
                    MeshKey = new string('b', 64),
                    Addresses = ["127.0.0.1:1", "10.0.0.2:7444"],
                    AdminAddress = null,
                }),
        });
        trust.Adopt(Membership);
    }

    public string Root { get; }

    public NodeTrust Trust { get; }

    public TimeProvider Time { get; }

    public FakeTrail Trail => _admin.Trail;

    public FakeChanges Changes => _admin.Changes;

    public ClusterDocument Document => _admin.Changes.Current;

    public MembershipDocument Membership => Document.Membership;

    public Enrolment Enrolment => _admin.Services.Membership!.Enrolment;

    public static async Task<EnrolmentBench> StartAsync(TimeProvider time)
    {
        string root = Directory.CreateTempSubdirectory("gatehouse-enrolment-").FullName;
        var options = new TrustOptions { DataDirectory = Path.Combine(root, "alpha"), NodeName = "alpha", NodeKeyPath = Path.Combine(root, "keys", "alpha.key"), Time = time };
        return new EnrolmentBench(root, await TrustBootstrap.EnsureAsync(options, CancellationToken.None), time);
    }

    /// <summary>A token, in the state as <c>token create</c> puts it there.</summary>
    public JoinToken MakeToken(string node = "gamma", Func<TokenDocument, TokenDocument>? change = null, string address = "127.0.0.1:7443")
    {
        DateTimeOffset now = Time.GetUtcNow();
        TokenAddress.TryParse(address, out TokenAddress? reached).ShouldBeTrue();
        JoinToken token = JoinToken.Create(Trust.CaFingerprint, node, [], [reached!], now.AddMinutes(30));
        var document = new TokenDocument { Id = token.Id, KeyHash = token.KeyHash, Node = node, Created = now, CreatedBy = "native/admin", Expires = token.Expires };
        Put(TokenChanges.Add(Document, change?.Invoke(document) ?? document, now).Next.ShouldNotBeNull());
        return token;
    }

    public void Set(MembershipDocument membership) => Put(Document with { Membership = membership });

    public void Put(ClusterDocument document) => Changes.Put(document).ShouldBeEmpty();

    /// <summary>A request as it came over HTTPS.</summary>
    public Task<Reply> CallAsync(string method, string target, string? body = null, string source = Stranger, Action<HttpContext>? change = null) =>
        _admin.CallAsync(null, method, target, body, http =>
        {
            http.Features.Set<IGateConnectionFeature>(new FakeConnection(source));
            change?.Invoke(http);
        });

    /// <summary>A request of somebody who logged in.</summary>
    public Task<Reply> AdminAsync(string user, string method, string target, string? body = null) => _admin.CallAsync(user, method, target, body);

    public Task<Reply> PostAsync<T>(string step, T body, JsonTypeInfo<T> type, string source = Stranger) =>
        CallAsync("POST", "/v1/enrolment/" + step, Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(body, type)), source);

    /// <summary>That a call was refused with a problem, and that the last record of the trail says why.</summary>
    public void ShouldBeRefused(Reply reply, int status, string problem, string reason)
    {
        (reply.Status, reply.ErrorId).ShouldBe((status, problem), reply.Body);
        AuditEvent record = Trail.Records.Last();
        (record.Action, record.Outcome, record.Reason, record.Problem, record.Status).ShouldBe(
            (reason == "limited" ? AuditAction.LimitReached : AuditAction.AuthenticationFailed, AuditOutcome.Failure, reason, problem, status));
        (record.Realm, record.Gate).ShouldBe(("token", AdminServer.GateName));
        record.Path.ShouldStartWith("/v1/enrolment/");
    }

    public void Dispose()
    {
        _admin.Dispose();
        Trust.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private NodeMembership Members(AdminServices services) => new()
    {
        Enrolment = new Enrolment(new EnrolmentServices
        {
            Snapshots = services.Snapshots,
            Changes = services.Changes,
            Trust = Trust,
            Store = static () => new EnrolmentStore { Endpoints = ["https://127.0.0.1:1"], Prefix = "gatehouse", User = "node", Password = "never in a record" },
            ServiceNames = static () => [],
            Time = Time,
        }),
        Limits = new EnrolmentLimits(Time),
        Heartbeats = null!, // nobody asks for them here
        Trust = Trust,
        IsShared = static () => true,
        AdminAddresses = static () => ["10.0.0.1:7443"],
        Left = static () => throw new NotSupportedException(),
    };
}
