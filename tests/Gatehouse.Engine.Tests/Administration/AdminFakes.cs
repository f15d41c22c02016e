using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Engine.Auditing.Searching;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>A trail in memory. Copies what the API hands over, as the real one does.</summary>
internal sealed class FakeTrail : IAuditTrail
{
    private readonly object _owner = new();
    private int _receipts;

    public ConcurrentQueue<AuditEvent> Records { get; } = new();

    public bool HasSlots { get; set; } = true;

    public bool CanFlush { get; set; } = true;

    public int OpenSlots { get; private set; }

    public bool IsStrict => false;

    public bool IsHealthy => HasSlots && CanFlush;

    public bool IsRecorded(in AuditSubject subject) => true;

    public bool TryReserve(out AuditSlot slot)
    {
        slot = HasSlots ? new AuditSlot(_owner) : default;
        OpenSlots += HasSlots ? 1 : 0;
        return HasSlots;
    }

    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation)
    {
        TryReserve(out AuditSlot slot);
        return new(slot);
    }

    public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision) => new(true);

    public void Complete(AuditSlot slot, AuditEvent record)
    {
        OpenSlots--;
        Records.Enqueue(record);
    }

    public void Release(AuditSlot slot) => OpenSlots--;

    /// <summary>Records without a slot find no room and are only counted.</summary>
    public bool IsFlooded { get; set; }

    public bool Write(AuditEvent record)
    {
        Records.Enqueue(record);
        return !IsFlooded;
    }

    public string NewReceipt() => ReceiptCode.New(1, 1, Interlocked.Increment(ref _receipts)).ToString();

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => new(CanFlush);
}

/// <summary>State in memory, compiled by the real compiler. A rival can get in between, once.</summary>
internal sealed class FakeChanges(SnapshotHolder holder) : IStateChanges
{
    private readonly Lock _lock = new();

    public Func<ClusterDocument, ClusterDocument>? Rival { get; set; }

    public List<string> Summaries { get; } = [];

    public Dictionary<long, ClusterDocument> History { get; } = [];

    public ImmutableArray<PolicyHistoryEntry> List(int limit) =>
        [.. History.Keys.Append(Generation).Distinct().OrderDescending().Take(limit).Select(static number => new PolicyHistoryEntry(number, DateTimeOffset.UnixEpoch, "native/admin", $"change {number}"))];

    public long Generation => holder.Current.Generation;

    public ClusterDocument Current => holder.Current.Document;

    public ValueTask<ChangeOutcome> ChangeAsync(
        string actor, string summary, Func<ClusterDocument, ChangeDecision> change, CancellationToken cancellation)
    {
        lock (_lock)
        {
            ChangeDecision decision = change(Current);
            if (Rival is { } rival)
            {
                Rival = null;
                Put(rival(Current));
                decision = change(Current);
            }

            if (decision.Refusal is { } refusal)
            {
                return new(new ChangeOutcome(Generation, [refusal]));
            }

            ImmutableArray<Problem> problems = Put(decision.Next ?? Current);
            Summaries.Add($"{actor}: {summary}");
            return new(new ChangeOutcome(Generation, problems));
        }
    }

    public ImmutableArray<Problem> Put(ClusterDocument next)
    {
        var problems = new List<Problem>();
        SecuritySnapshot? compiled = SnapshotCompiler.Compile(holder.Current.Epoch + 1, Generation + 1, next, problems);
        if (compiled is null)
        {
            return [.. problems];
        }

        History[Generation] = Current;
        holder.Swap(compiled);
        return [];
    }
}

/// <summary>A node with one gate.</summary>
internal sealed class FakeNode : INodeControl
{
    public List<string> Calls { get; } = [];

    public NodeOutcome Next { get; set; } = NodeOutcome.Done;

    public NodeFacts Facts { get; } = new()
    {
        Node = "n1",
        Version = "0.1.0",
        Started = DateTimeOffset.UnixEpoch,
        DataFolder = "/data",
        ConfigurationFile = "/data/gatehouse.yaml",
        Store = "sqlite",
        CaFingerprint = "AA:BB",
        CaFile = "/data/ca.crt",
    };

    public ImmutableArray<GateView> Gates { get; set; } =
        [new GateView { Name = "etcd", Protocol = "http", System = "etcd", Listen = "127.0.0.1:1", Upstream = "http://127.0.0.1:2", State = "open" }];

    public ValueTask<NodeOutcome> AddGateAsync(string actor, GateAddRequest gate, CancellationToken cancellation) => Note($"add {gate.Name}");

    public ValueTask<NodeOutcome> ExposeGateAsync(string actor, string name, string? listen, CancellationToken cancellation) => Note($"expose {name} {listen}");

    public ValueTask<GateTestResponse?> TestGateAsync(string name, CancellationToken cancellation) =>
        new(name == "etcd" ? new GateTestResponse { Name = name, Passed = true } : null);

    public ValueTask<NodeOutcome> ReloadAsync(string actor, CancellationToken cancellation) => Note("reload");

    private ValueTask<NodeOutcome> Note(string call)
    {
        Calls.Add(call);
        return new(Next);
    }
}

/// <summary>A trail to read, filled by the test.</summary>
internal sealed class FakeAuditAccess : IAuditAccess
{
    public List<AuditRecord> Records { get; } = [];

    public Channel<AuditRecord> Live { get; } = Channel.CreateUnbounded<AuditRecord>();

    public TaskCompletionSource Following { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AuditQuery? LastQuery { get; private set; }

    public async IAsyncEnumerable<AuditRecord> SearchAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        LastQuery = query;
        await Task.Yield();
        foreach (AuditRecord record in Records.AsEnumerable().Reverse().Where(query.Matches).Take(query.Limit))
        {
            yield return record;
        }
    }

    public IAsyncEnumerable<AuditRecord> FollowAsync(AuditQuery query, CancellationToken cancellation)
    {
        Following.TrySetResult();
        return Live.Reader.ReadAllAsync(cancellation);
    }

    public Task<AuditRecord?> FindReceiptAsync(ReceiptCode receipt, CancellationToken cancellation) =>
        Task.FromResult(Records.Find(record => record.Receipt == receipt.ToString()));

    public Task<DateTimeOffset?> ScanAsync(TrailSpan span, ILineScan scan, CancellationToken cancellation)
    {
        foreach (AuditRecord record in Records.Where(record => record.Time >= span.Since && record.Time < span.Until))
        {
            cancellation.ThrowIfCancellationRequested();
            scan.Line(record.Line.Span);
        }

        return Task.FromResult(Records.Count == 0 ? default(DateTimeOffset?) : Records.Min(static record => record.Time));
    }

    public Task<AuditVerification> VerifyAsync(CancellationToken cancellation) => Task.FromResult(new AuditVerification { Records = 3, Segments = 1 });

    public Task<ReindexOutcome> ReindexAsync(CancellationToken cancellation) => Task.FromResult(new ReindexOutcome(2, 4096, TimeSpan.FromMilliseconds(5)));
}

/// <summary>Everybody's password is <c>right</c>; names are those of the snapshot. API keys are the real ones.</summary>
internal sealed class FakeAuthenticator : IAuthenticator
{
    public bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated)
    {
        authenticated = null;
        return false;
    }

    public ValueTask<AuthenticationResult> AuthenticateAsync(
        AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation)
    {
        if (request.Authorization is not { } authorization)
        {
            return new(new AuthenticationResult(AuthenticationStatus.Missing));
        }

        if (authorization.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            Authenticated? key = ApiKeys.Verify(authorization["Bearer ".Length..], snapshot, DateTimeOffset.UnixEpoch, out _);
            return new(key is null ? new AuthenticationResult(AuthenticationStatus.Refused) : new AuthenticationResult(AuthenticationStatus.Accepted, key));
        }

        string[] parts = Encoding.UTF8.GetString(Convert.FromBase64String(authorization["Basic ".Length..])).Split(':');
        return new(parts[1] switch
        {
            "limited" => new AuthenticationResult(AuthenticationStatus.Limited, null, parts[0], TimeSpan.FromSeconds(7)),
            "right" when snapshot.Users.TryGetValue(parts[0], out UserDocument? user) && user.Enabled => new AuthenticationResult(
                AuthenticationStatus.Accepted, new Authenticated(new Principal(user.Name, RealmNames.Native), user.CredentialVersion, user.Password), user.Name),
            _ => new AuthenticationResult(AuthenticationStatus.Refused, null, parts[0]),
        });
    }
}

/// <summary>Realm <c>corp</c>, where <c>dora</c> has the password <c>right</c>.</summary>
internal sealed class FakeRealms : IRealmDirectory
{
    public PresentedCredentials? Last { get; private set; }

    public RealmVerdict Wrong { get; set; } = RealmVerdict.Refused;

    public bool TryGet(string name, [NotNullWhen(true)] out IRealm? realm)
    {
        realm = name == "corp" ? new Corp(this) : null;
        return realm is not null;
    }

    private sealed class Corp(FakeRealms owner) : IRealm
    {
        public RealmDocument Document { get; } = new() { Name = "corp", Kind = RealmKind.Ldap };

        public ValueTask<RealmAnswer> VerifyAsync(PresentedCredentials presented, IRealmSteps? steps, CancellationToken cancellation)
        {
            owner.Last = presented;
            steps?.Add("search", true, "uid=dora,ou=people");
            bool isRight = presented is { Name: "dora", Password: "right" };
            steps?.Add("bind", isRight);
            return new(isRight
                ? new RealmAnswer(RealmVerdict.Accepted, new Principal("dora", "corp", ["readers", "staff"]))
                : new RealmAnswer(owner.Wrong, Reason: "bind_refused"));
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>A connection whose work the test can re-decide.</summary>
internal sealed class FakeConnection(string source = "10.1.2.3") : LiveConnection(7, "admin", new IPEndPoint(IPAddress.Parse(source), 4444), DateTimeOffset.UnixEpoch), IGateConnectionFeature
{
    private readonly List<ILiveWork> _work = [];

    public LiveConnection Connection => this;

    public string? ServerName => null;

    public bool IsSecured { get; set; } = true;

    public System.Security.Cryptography.X509Certificates.X509Certificate2? ClientCertificate => null;

    public Secured? Secured => null;

    public override void Add(ILiveWork work) => _work.Add(work);

    public override void Remove(ILiveWork work) => _work.Remove(work);

    public override void Cut(string reason) => _work.ToList().ForEach(work => work.Cut(reason));

    /// <summary>What the registry does at a swap.</summary>
    public void Redecide(SecuritySnapshot snapshot, DateTimeOffset now)
    {
        foreach (ILiveWork work in _work.ToList().Where(work => !work.IsStillAllowed(snapshot, now)))
        {
            work.Cut("the right was taken away");
        }
    }
}

/// <summary>The other end of a Unix socket.</summary>
internal sealed record FakePeer(PeerCredentials Peer) : IPeerCredentialFeature;

/// <summary>One client id, whose key is all <c>a</c>.</summary>
internal sealed class FakeClientIds : IClientIdAccess
{
    public static readonly string Key = new('a', 64);

    public Problem? Refusal { get; set; }

    public List<string> Calls { get; } = [];

    public ClientIdQuery? Asked { get; private set; }

    private static ClientIdView One => new() { Key = Key, Broker = "emqx", ClientId = "pump/1", User = "anna", Realm = "native", State = "kept", SessionExpiry = uint.MaxValue };

    public ClientIdListResponse List(ClientIdQuery query)
    {
        Asked = query;
        return new ClientIdListResponse { ClientIds = [One], Next = Key };
    }

    public ClientIdView? Find(string key) => key == Key ? One : null;

    public ValueTask<Problem?> ReleaseAsync(string actor, string key, CancellationToken cancellation)
    {
        Calls.Add($"{actor} frees {key}");
        return new(Refusal);
    }
}

/// <summary>One pin of anna's.</summary>
internal sealed class FakePinOwners : IPinOwnerAccess
{
    public Problem? Refusal { get; set; }

    public List<string> Calls { get; } = [];

    public PinOwnerQuery? Asked { get; private set; }

    public string? ClusterOf(string gate) => gate == "ipfs" ? "media" : null;

    public PinOwnerListResponse List(PinOwnerQuery query)
    {
        Asked = query;
        return new PinOwnerListResponse { Owners = [new PinOwnerView { Cluster = "media", Cid = "bafy", User = "anna", Realm = "native", State = "owned" }], Next = "x" };
    }

    public ValueTask<Problem?> AssignAsync(string actor, PinOwnerRequest request, CancellationToken cancellation) => Noted($"{actor} gives {request.Cid} to {request.User}");

    public ValueTask<Problem?> ReleaseAsync(string actor, string cluster, string cid, string? user, CancellationToken cancellation) =>
        Noted($"{actor} takes {cid} from {user ?? "all"}");

    public ValueTask<(PinRebuildResponse? Done, Problem? Problem)> RebuildAsync(string actor, string gate, CancellationToken cancellation) =>
        new((ClusterOf(gate) is { } cluster ? new PinRebuildResponse { Cluster = cluster, Pins = 1 } : null, Refusal));

    private ValueTask<Problem?> Noted(string call)
    {
        Calls.Add(call);
        return new(Refusal);
    }
}
