using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Engine.Realms;

namespace Gatehouse.Engine.Emqx;

/// <summary>
/// Logins at the dashboard, in memory only. A token is a name and a key: under the key the name and password that were
/// presented lie sealed, so that they can be verified again (directories ask for it every few minutes), and nobody can read
/// them here without the token. Thread-safe.
/// </summary>
internal sealed class DashboardSessions(TimeProvider time)
{
    /// <summary>How long one stands: as long as EMQX's own tokens (<c>dashboard.token_expired_time</c>).</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(60);

    /// <summary>Most at a time; the oldest goes first.</summary>
    public const int Most = 4096;

    /// <summary>Most of one principal.</summary>
    public const int MostOfOne = 32;

    private const string Scheme = "Bearer ";
    private const string Prefix = "ghd_";
    private const int NameBytes = 16;
    private const int KeyBytes = 32;
    private const int TagBytes = 16;
    private const int NonceBytes = 12;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DashboardSession> _byName = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byName.Count;
            }
        }
    }

    /// <summary>Whether a header bears a token of this kind, valid or not.</summary>
    public static bool IsToken([NotNullWhen(true)] string? authorization) =>
        authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && authorization.AsSpan(Scheme.Length).TrimStart(' ').StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Begins one; the token that is given out.</summary>
    public string Begin(string gate, Authenticated login, string presented)
    {
        Span<byte> token = stackalloc byte[NameBytes + KeyBytes];
        RandomNumberGenerator.Fill(token);
        byte[] plain = Encoding.UTF8.GetBytes(presented);
        byte[] box = new byte[plain.Length + TagBytes];
        using (var cipher = new AesGcm(token[NameBytes..], TagBytes))
        {
            // A key seals one text only, so that a fixed nonce never comes twice with it.
            cipher.Encrypt(stackalloc byte[NonceBytes], plain, box.AsSpan(0, plain.Length), box.AsSpan(plain.Length), Encoding.UTF8.GetBytes(gate));
        }

        CryptographicOperations.ZeroMemory(plain);
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            MakeRoom(login, now);
            _byName[Convert.ToHexString(token[..NameBytes])] = new DashboardSession(gate, login, box, now + Life);
        }

        string text = Prefix + Base64Url.EncodeToString(token);
        CryptographicOperations.ZeroMemory(token);
        return text;
    }

    /// <summary>Opens the one that a header's token stands for; false where it stands for none at this gate, or no longer.</summary>
    public bool TryOpen(string gate, string authorization, [NotNullWhen(true)] out DashboardSession? session, [NotNullWhen(true)] out string? presented)
    {
        session = null;
        presented = null;
        Span<byte> token = stackalloc byte[NameBytes + KeyBytes];
        if (!TryRead(authorization, token))
        {
            return false;
        }

        string name = Convert.ToHexString(token[..NameBytes]);
        lock (_lock)
        {
            if (!_byName.TryGetValue(name, out session))
            {
                return false;
            }

            if (session.Ends <= time.GetUtcNow())
            {
                _byName.Remove(name);
                session = null;
                return false;
            }
        }

        byte[] plain = new byte[session.Box.Length - TagBytes];
        try
        {
            using var cipher = new AesGcm(token[NameBytes..], TagBytes);
            cipher.Decrypt(stackalloc byte[NonceBytes], session.Box.AsSpan(0, plain.Length), session.Box.AsSpan(plain.Length), plain, Encoding.UTF8.GetBytes(gate));
        }
        catch (AuthenticationTagMismatchException)
        {
            // Another key than it was made with, or another gate.
            session = null;
            return false;
        }

        presented = Encoding.UTF8.GetString(plain);
        CryptographicOperations.ZeroMemory(plain);
        return true;
    }

    /// <summary>Ends one.</summary>
    public void End(DashboardSession session)
    {
        lock (_lock)
        {
            string? name = _byName.FirstOrDefault(one => ReferenceEquals(one.Value, session)).Key;
            if (name is not null)
            {
                _byName.Remove(name);
            }
        }
    }

    private static bool TryRead(string authorization, Span<byte> token)
    {
        ReadOnlySpan<char> text = authorization.AsSpan(Scheme.Length).Trim(' ')[Prefix.Length..];
        return text.Length == Base64Url.GetEncodedLength(token.Length) && Base64Url.IsValid(text, out int length) && length == token.Length
            && Base64Url.TryDecodeFromChars(text, token, out int written) && written == token.Length;
    }

    private void MakeRoom(Authenticated login, DateTimeOffset now)
    {
        foreach (string old in _byName.Where(one => one.Value.Ends <= now).Select(static one => one.Key).ToArray())
        {
            _byName.Remove(old);
        }

        KeyValuePair<string, DashboardSession>[] same =
            [.. _byName.Where(one => one.Value.Login.Principal.Realm == login.Principal.Realm && one.Value.Login.Principal.Name == login.Principal.Name)];
        if (same.Length >= MostOfOne)
        {
            _byName.Remove(same.MinBy(static one => one.Value.Ends).Key);
        }
        else if (_byName.Count >= Most)
        {
            _byName.Remove(_byName.MinBy(static one => one.Value.Ends).Key);
        }
    }
}

/// <summary>One login at the dashboard.</summary>
internal sealed class DashboardSession(string gate, Authenticated login, byte[] box, DateTimeOffset ends)
{
    private volatile Authenticated _login = login;

    /// <summary>The gate it was made at.</summary>
    public string Gate => gate;

    /// <summary>When it ends.</summary>
    public DateTimeOffset Ends => ends;

    /// <summary>What was presented, sealed.</summary>
    public byte[] Box => box;

    /// <summary>Who, as verified last.</summary>
    public Authenticated Login
    {
        get => _login;
        set => _login = value;
    }
}
