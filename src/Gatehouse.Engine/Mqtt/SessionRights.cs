using System.Collections.Immutable;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Topics;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Steps 5 and 6 of one flow of control of a session: what a packet wants, decided on the newest snapshot. Each flow has its own.
/// </summary>
internal sealed class SessionRights(SessionIdentity identity, SnapshotHolder snapshots, TimeProvider time)
{
    // No operation at all is what nobody may do.
    private static readonly OperationSet Unreadable = new();

    private SecuritySnapshot? _snapshot;
    private AuthorizationContext _context;

    /// <summary>What was decided last.</summary>
    public OperationSet Operations { get; } = new();

    /// <summary>The roles it was decided with.</summary>
    public ImmutableArray<string> Roles => _context.Roles.IsDefault ? [] : _context.Roles;

    /// <summary>The quality of service that was asked for; null where it was not looked at.</summary>
    public byte? Qos { get; private set; }

    /// <summary>The retain flag; null where it was not looked at.</summary>
    public bool? Retain { get; private set; }

    /// <summary>The snapshot it was decided on.</summary>
    public SecuritySnapshot Snapshot => _snapshot ?? snapshots.Current;

    /// <summary>When the clock alone may change what was decided at the last look.</summary>
    public DateTimeOffset NextChange() => Snapshot.Policy.NextChange(_context);

    /// <summary>What the clock said when it was last looked at: one reading serves a batch of packets.</summary>
    public DateTimeOffset Now => _context.Now;

    /// <summary>Looks at the newest snapshot and the clock; false when the login no longer stands.</summary>
    public bool Refresh()
    {
        SecuritySnapshot snapshot = snapshots.Current;
        DateTimeOffset now = time.GetUtcNow();
        if (!identity.Login.IsCurrent(snapshot, now)
            || !snapshot.TryGetRights(identity.Login.Principal, identity.Source, now, out Rights rights))
        {
            return false;
        }

        _snapshot = snapshot;
        _context = new AuthorizationContext(
            identity.Principal, rights.Roles, identity.Source, identity.Gate, identity.HasClientCertificate, now, identity.RequestId)
        {
            Limit = rights.Limit,
            List = rights.List,
        };
        return true;
    }

    /// <summary>Whether a connection may be there at all.</summary>
    public Decision Connect()
    {
        (Qos, Retain) = (null, null);
        Decision decision = MqttRights.DecideConnect(Snapshot.Policy, _context, Operations);
        Operations.Clear();
        Operations.Begin(MqttRights.Connect);
        return decision;
    }

    /// <summary>Whether a message may go to a topic.</summary>
    public Decision Publish(ReadOnlySpan<byte> topic, byte qos, bool retain)
    {
        (Qos, Retain) = (qos, retain);
        Operations.Clear();
        Operations.Begin(MqttRights.Publish);
        if (!TryUnwrap(topic, isFilter: false, out ReadOnlySpan<byte> inner))
        {
            Operations.AddResource(topic);
            return Authorizer.Decide(Snapshot.Policy, _context, Unreadable);
        }

        Operations.AddResource(inner);
        return Authorizer.Decide(Snapshot.Policy, _context with { Qos = qos, Retain = retain }, Operations);
    }

    /// <summary>Whether a filter may be subscribed.</summary>
    public Decision Subscribe(ReadOnlySpan<byte> filter, byte qos)
    {
        (Qos, Retain) = (qos, null);
        Operations.Clear();
        Operations.Begin(MqttRights.Subscribe);
        if (!TryUnwrap(filter, isFilter: true, out ReadOnlySpan<byte> inner))
        {
            Operations.AddResource(filter);
            return Authorizer.Decide(Snapshot.Policy, _context, Unreadable);
        }

        Operations.AddFilter(inner);
        return Authorizer.Decide(Snapshot.Policy, _context with { Qos = qos }, Operations);
    }

    /// <summary>
    /// Whether a message of a topic may be delivered: with a right to subscribe it at any quality of service, as the delivery's own is
    /// the sender's and the broker's choice.
    /// </summary>
    public Decision Deliver(ReadOnlySpan<byte> topic)
    {
        Operations.Clear();
        Operations.Begin(MqttRights.Subscribe);
        Operations.AddResource(topic);
        Decision first = Authorizer.Decide(Snapshot.Policy, _context with { Qos = 0 }, Operations);
        Decision decision = first;
        for (byte qos = 1; qos <= 2 && !decision.IsAllowed; qos++)
        {
            decision = Authorizer.Decide(Snapshot.Policy, _context with { Qos = qos }, Operations);
        }

        return decision.IsAllowed ? decision : first;
    }

    /// <summary>
    /// What stands behind a special form: brokers act on the topic inside. False for forms that nobody may use, or that cannot be
    /// read: publishing to <c>$SYS</c> is forging what the broker says of itself.
    /// </summary>
    private bool TryUnwrap(ReadOnlySpan<byte> topic, bool isFilter, out ReadOnlySpan<byte> inner)
    {
        inner = topic;
        if (identity.IsForRabbitMq && topic.IndexOfAny((byte)'.', (byte)'*') >= 0)
        {
            // It would be another topic there than the one decided here.
            return false;
        }

        if (topic.IsEmpty || topic[0] != (byte)'$')
        {
            return !topic.IsEmpty;
        }

        MqttSpecialTopic special = MqttSpecialTopic.Split(topic);
        inner = special.Inner;
        return special.Kind switch
        {
            MqttTopicKind.Other or MqttTopicKind.File => true,
            MqttTopicKind.Sys or MqttTopicKind.Share or MqttTopicKind.Queue or MqttTopicKind.Exclusive => isFilter,
            MqttTopicKind.Delayed => !isFilter && special.InnerKind != MqttTopicKind.Sys,
            _ => false,
        };
    }
}
