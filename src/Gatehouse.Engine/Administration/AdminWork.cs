using System.Collections.Immutable;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration;

/// <summary>A call under way: ends at once when its caller loses the right (a long tail above all).</summary>
internal sealed class AdminWork : ILiveWork, IDisposable
{
    private readonly AdminIdentity _identity;
    private readonly CancellationTokenSource _cut = new();
    private AdminCall? _call;
    private bool _isAuthenticatedEnough;
    private string? _reason;

    public AdminWork(AdminIdentity identity)
    {
        _identity = identity;
        Token = _cut.Token;
        identity.Connection?.Add(this);
    }

    /// <summary>Cancelled when the work is cut.</summary>
    public CancellationToken Token { get; }

    /// <summary>Why it was cut, or null.</summary>
    public string? CutReason => Volatile.Read(ref _reason);

    /// <summary>From now on the call's own right is what is decided again.</summary>
    public void Follow(AdminCall call, bool isAuthenticatedEnough)
    {
        _isAuthenticatedEnough = isAuthenticatedEnough;
        Volatile.Write(ref _call, call);
    }

    /// <inheritdoc/>
    public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now)
    {
        if (!_identity.TryGetRights(snapshot, now, out Rights rights))
        {
            return false;
        }

        AdminCall? call = Volatile.Read(ref _call);
        return call is null || _isAuthenticatedEnough
            || Authorizer.Decide(snapshot.Policy, call.Context(rights, now), call.Operations).IsAllowed;
    }

    /// <inheritdoc/>
    public void Cut(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            try
            {
                _cut.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself at this very moment: nothing is left to cut.
            }
        }
    }

    /// <inheritdoc/>
    public string Describe() => Volatile.Read(ref _call) is { } call ? $"{call.Endpoint.Method} {call.Endpoint.Template}" : "admin";

    /// <inheritdoc/>
    public void Dispose()
    {
        _identity.Connection?.Remove(this);
        _cut.Dispose();
    }
}
