using System.Collections.Immutable;
using Gatehouse.Audit;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// What a request was decided on, and the deciding again: registered before any snapshot is read, re-decided on each newer
/// one, cut within a second when the right is lost. Other threads come in here only, under one lock.
/// </summary>
internal abstract partial class HttpExchange : ILiveWork
{
    private static readonly SystemAction RunAsAction = SystemAction.Intern("gatehouse", "run-as");

    private readonly Lock _life = new();
    private readonly OperationSet _runAs = new();
    private LifeState _state;
    private ulong _doomed;
    private string? _cutReason;
    private ImmutableArray<string> _boxed = [];

    private enum LifeState
    {
        /// <summary>No request.</summary>
        Idle,

        /// <summary>Not decided yet: nothing can be decided again.</summary>
        Deciding,

        /// <summary>Allowed, and running.</summary>
        Running,
    }

    /// <summary>The verified login; null before step 4.</summary>
    public Authenticated? Login { get; private set; }

    /// <summary>Who acts as <see cref="Login"/>; null where nobody does.</summary>
    public Authenticated? Actor { get; private set; }

    /// <summary>Roles of the decision.</summary>
    public ImmutableArray<string> Roles { get; private set; } = [];

    /// <summary>The same as a list, made once for as long as they stay the same.</summary>
    public IReadOnlyList<string> RoleList { get; private set; } = [];

    /// <summary>The snapshot of the decision.</summary>
    public SecuritySnapshot? Snapshot { get; private set; }

    /// <summary>The proof of step 6; <c>default</c> before.</summary>
    public Permit Permit { get; set; }

    /// <summary>What the last decision refused; which operation and resource of <see cref="Operations"/>.</summary>
    public Denial Denial { get; private set; }

    /// <summary>The canonical target.</summary>
    public CanonicalTarget Target { get; } = new();

    /// <summary>The endpoint that took the request.</summary>
    public CatalogueEndpoint? Endpoint { get; set; }

    /// <summary>The canonical path for the record; null while the target was not understood.</summary>
    public string? Path { get; set; }

    /// <summary>What the request wants.</summary>
    public OperationSet Operations { get; } = new();

    /// <summary>Whether what the request is about is the caller's own; a fact of step 5, held as long as the request runs.</summary>
    public Ownership Ownership { get; set; }

    /// <summary>Scratch memory of step 5.</summary>
    public ClassifyScratch Scratch { get; } = new();

    /// <summary>The record being filled.</summary>
    public AuditEvent Record { get; } = new();

    /// <summary>What the last request of this connection left behind, for the next one that is the same.</summary>
    public RequestMemo Memo { get; } = new();

    /// <summary>Why it was cut, or null.</summary>
    public string? CutReason => Volatile.Read(ref _cutReason);

    /// <summary>Takes over a verified login.</summary>
    public void LogIn(Authenticated login)
    {
        Login = login;
        Connection.Connection.Principal = login.Principal;
    }

    /// <summary>
    /// Lets the verified login act as another user of the store. Whether it may is part of every decision on the request.
    /// </summary>
    public void ActAs(string name, SecuritySnapshot snapshot)
    {
        Actor = Login;
        _runAs.Clear();
        _runAs.Begin(RunAsAction);
        _runAs.AddResource(System.Text.Encoding.UTF8.GetBytes(name));

        // A user that is not there is refused by the decision, like one that may not be acted as.
        Login = ActingAs.Native(name, snapshot);
    }

    /// <summary>Whether the actor may act as the login now; true where nobody acts.</summary>
    public bool MayRun(SecuritySnapshot snapshot, DateTimeOffset now) =>
        Actor is not { } actor || (MayActAs(actor, snapshot, now, out bool stands) && stands);

    /// <summary>
    /// Step 6: decides on the newest snapshot. The state becomes re-decidable before the snapshot is looked at again, so
    /// that no swap falls between the decision and the registry's eye.
    /// </summary>
    public Decision Decide(SnapshotHolder snapshots, TimeProvider time, out bool loginStands)
    {
        while (true)
        {
            SecuritySnapshot snapshot = snapshots.Current;
            Decision decision;
            lock (_life)
            {
                Snapshot = snapshot;
                decision = DecideOn(snapshot, time.GetUtcNow(), out ImmutableArray<string> roles, out loginStands);
                SetRoles(roles);
                Denial = decision.Denial;
                if (!decision.IsAllowed)
                {
                    _state = LifeState.Deciding;
                    return decision;
                }

                _state = LifeState.Running;
            }

            if (ReferenceEquals(snapshot, snapshots.Current))
            {
                return decision;
            }
        }
    }

    /// <summary>Adds what turned out, while it was forwarded, to be a part of what was allowed; for the record.</summary>
    public void NoteOperations(Action<OperationSet> add)
    {
        lock (_life)
        {
            add(Operations);
        }
    }

    /// <inheritdoc/>
    public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now)
    {
        lock (_life)
        {
            // Who logged in is whom the gate's realms are about, not whom one acts as.
            if (_state != LifeState.Running
                || (MayComeThrough((Actor ?? Login)!, Gate.Newest, snapshot) && DecideOn(snapshot, now, out _, out _).IsAllowed))
            {
                return true;
            }

            _doomed = RequestId;
            return false;
        }
    }

    /// <inheritdoc/>
    public void Cut(string reason)
    {
        lock (_life)
        {
            // Decided again and lost, but over meanwhile: the next request on this connection has its own decision.
            bool isOver = _doomed != 0 && _doomed != RequestId;
            _doomed = 0;
            if (_state == LifeState.Idle || isOver || _cutReason is not null)
            {
                return;
            }

            _cutReason = reason;
            bool hasAnswered = Control.HasResponse;
            Control.Cancel(ForwardResult.Cut);
            if (hasAnswered)
            {
                // A client that does not read would hold the request up for ever.
                Abort();
            }
        }
    }

    /// <inheritdoc/>
    public string Describe()
    {
        lock (_life)
        {
            return _state == LifeState.Idle ? "idle" : $"{Method} {Path ?? "?"}";
        }
    }

    /// <summary>The facts to decide on, on a snapshot; false where the login no longer stands.</summary>
    public bool TryGetContext(SecuritySnapshot snapshot, DateTimeOffset now, out AuthorizationContext context)
    {
        bool stands = Login!.IsCurrent(snapshot, now) // step 4 comes before every call
            & snapshot.TryGetRights(Login.Principal, Source.Address, now, out Rights rights);
        context = new(Login.Principal, rights.Roles, Source.Address, GateName, Connection.ClientCertificate is not null, now, RequestId)
        {
            Limit = rights.Limit,
            List = rights.List,
            Ownership = Ownership,
        };
        return stands;
    }

    private static bool MayComeThrough(Authenticated login, GateModel gate, SecuritySnapshot snapshot) =>
        login.MayComeThrough(gate.Configuration.Realms, snapshot) && gate.Admits(login.Principal);

    private Decision DecideOn(SecuritySnapshot snapshot, DateTimeOffset now, out ImmutableArray<string> roles, out bool loginStands)
    {
        Rights rights = Rights.None;
        roles = [];
        if (Actor is { } actor && !MayActAs(actor, snapshot, now, out loginStands))
        {
            return default;
        }

        loginStands = Login!.IsCurrent(snapshot, now) // step 4 comes before every call
            && snapshot.TryGetRights(Login.Principal, Source.Address, now, out rights);
        roles = rights.Roles;
        if (!loginStands)
        {
            return default;
        }

        AuthorizationContext context = new(
            Login.Principal, roles, Source.Address, GateName, Connection.ClientCertificate is not null, now, RequestId)
        {
            Limit = rights.Limit,
            List = rights.List,
            Ownership = Ownership,
        };
        bool isForAll = Course?.IsAnyPrincipal ?? Endpoint!.IsAnyPrincipal; // step 5 comes before every call
        return !isForAll ? Authorizer.Decide(snapshot.Policy, context, Operations)
            : snapshot.IsStale ? default // who was taken out since is not known
            : Authorizer.AllowAuthenticated(snapshot.Policy, context);
    }

    /// <summary>The right to act as somebody is the actor's own, and so is its end.</summary>
    private bool MayActAs(Authenticated actor, SecuritySnapshot snapshot, DateTimeOffset now, out bool actorStands)
    {
        actorStands = actor.IsCurrent(snapshot, now) & snapshot.TryGetRights(actor.Principal, Source.Address, now, out Rights rights);
        if (!actorStands)
        {
            return false;
        }

        AuthorizationContext context = new(
            actor.Principal, rights.Roles, Source.Address, GateName, Connection.ClientCertificate is not null, now, RequestId)
        {
            Limit = rights.Limit,
            List = rights.List,
        };
        return Authorizer.Decide(snapshot.Policy, context, _runAs).IsAllowed
            && Login!.IsCurrent(snapshot, now) // ActAs set it
            && snapshot.TryGetRights(Login.Principal, Source.Address, now, out _);
    }

    private void SetRoles(ImmutableArray<string> roles)
    {
        Roles = roles;
        if (_boxed != roles)
        {
            _boxed = roles;
            RoleList = roles;
        }
    }

    private void BeginLife()
    {
        lock (_life)
        {
            _state = LifeState.Deciding;
            _cutReason = null;
            Login = Actor = null;
            Endpoint = null;
            Path = null;
            Snapshot = null;
            Permit = default;
            Denial = default;
            Ownership = Ownership.Unknown;
        }
    }

    private void EndLife()
    {
        lock (_life)
        {
            _state = LifeState.Idle;
        }
    }

    /// <summary>The client went: what runs for it ends.</summary>
    protected void OnClientGone()
    {
        lock (_life)
        {
            if (_state == LifeState.Running)
            {
                Control.Cancel(ForwardResult.ClientGone);
            }
        }
    }
}

/// <summary>
/// Results of one connection's last request that hold for the next when it brings the very same strings: the server keeps
/// a header's or target's string as long as its bytes stay the same. Never the decision itself.
/// </summary>
internal sealed class RequestMemo
{
    /// <summary>The header value that <see cref="Login"/> was verified by.</summary>
    public string? Authorization { get; set; }

    /// <summary>The verified login.</summary>
    public Authenticated? Login { get; set; }

    /// <summary>The model whose realms verified it.</summary>
    public HttpGateModel? LoginGate { get; set; }

    /// <summary>The snapshot it was looked up on.</summary>
    public long Epoch { get; set; }

    /// <summary>The target that was parsed last.</summary>
    public string? RawTarget { get; set; }

    /// <summary>The method it came with: an endpoint may have taken a trailing slash off the target.</summary>
    public string? Method { get; set; }

    /// <summary>Its path.</summary>
    public string? Path { get; set; }

    /// <summary>The host served last.</summary>
    public string? Host { get; set; }

    /// <summary>The model that served it.</summary>
    public HttpGateModel? HostGate { get; set; }
}
