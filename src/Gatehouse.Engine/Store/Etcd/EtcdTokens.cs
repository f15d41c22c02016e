using System.Text.Json;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>
/// The token of the store's user. etcd's tokens end with time, with a restart, and with every change of its users; whoever is told
/// so forgets the one it used, and the next caller logs in, one at a time.
/// </summary>
internal sealed class EtcdTokens(EtcdSettings settings, EtcdWire wire) : IDisposable
{
    private const int MostToken = 8 * 1024;
    private static readonly TimeSpan LoginTime = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile string? _token;

    /// <summary>The token, or null where there is no user.</summary>
    /// <exception cref="EtcdFault">Nobody could be logged in at this member.</exception>
    public async ValueTask<string?> GetAsync(int endpoint, CancellationToken cancellation)
    {
        if (settings.User is not { } user)
        {
            return null;
        }

        if (_token is { } known)
        {
            return known;
        }

        await _turn.WaitAsync(cancellation);
        try
        {
            return _token ??= await LoginAsync(endpoint, user, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Forgets a token that was refused; one that came since stays.</summary>
    public void Forget(string token)
    {
        if (string.Equals(_token, token, StringComparison.Ordinal))
        {
            _token = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<string> LoginAsync(int endpoint, string user, CancellationToken cancellation)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new LoginRequest(user, settings.Password ?? ""), EtcdJson.Default.LoginRequest);
        LoginAnswer answer;
        try
        {
            answer = await wire.ExchangeAsync(endpoint, "v3/auth/authenticate", body, null, EtcdJson.Default.LoginAnswer, LoginTime, cancellation);
        }
        catch (EtcdFault fault) when (fault.Effect == EtcdEffect.Unknown)
        {
            // The request that needs the token was not sent.
            throw new EtcdFault(EtcdEffect.None, fault.Problem, fault);
        }

        return answer.Token is { Length: > 0 and <= MostToken } token && token.All(static c => c is > ' ' and <= '~')
            ? token
            : throw new EtcdFault(EtcdEffect.None, EtcdProblems.Malformed.Because($"{wire.Name(endpoint)}: a login gave no token"));
    }
}
