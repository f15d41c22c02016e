using System.Collections.Immutable;

namespace Gatehouse.Engine.Connections;

/// <summary>Which local users may own an upstream's listening socket.</summary>
/// <param name="AllowedUserIds">The uids; ignored when <paramref name="IsAny"/>.</param>
/// <param name="IsAny">Switches the check off.</param>
internal sealed record UpstreamOwnerRule(ImmutableArray<uint> AllowedUserIds, bool IsAny = false)
{
    /// <summary>No check (<c>run_as: any</c>).</summary>
    public static UpstreamOwnerRule Any { get; } = new([], true);

    /// <summary>Root only, the default.</summary>
    public static UpstreamOwnerRule Root { get; } = new([0]);

    /// <summary>Whether a uid may.</summary>
    public bool Allows(uint userId) => IsAny || AllowedUserIds.Contains(userId);
}

/// <summary>What a check found.</summary>
internal enum OwnerStatus
{
    /// <summary>Every owner is allowed.</summary>
    Allowed,

    /// <summary>An owner is not allowed.</summary>
    Refused,

    /// <summary>Nobody listens there.</summary>
    NoListener,

    /// <summary>The address is not of this host: nothing can be said.</summary>
    NotLocal,
}

/// <summary>A local process or user that owns a socket.</summary>
/// <param name="UserId">uid.</param>
/// <param name="UserName">Name in <c>/etc/passwd</c>, or the number.</param>
/// <param name="ProcessId">Process, 0 unknown.</param>
/// <param name="ProcessName">Its name, or null.</param>
internal sealed record SocketOwner(uint UserId, string UserName, int ProcessId = 0, string? ProcessName = null);

/// <summary>Result of an owner check.</summary>
/// <param name="Status">The kind.</param>
/// <param name="Owner">The owner found: the refused one where one is; null without a listener.</param>
internal readonly record struct OwnerCheck(OwnerStatus Status, SocketOwner? Owner = null);
