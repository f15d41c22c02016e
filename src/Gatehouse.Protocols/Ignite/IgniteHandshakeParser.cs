using System.Text;
using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>
/// Reads a handshake. A node takes keys in any letter case and the later of two that are the same; a gate that read another one
/// would check one user and let in another, so two of the same are refused.
/// </summary>
internal static class IgniteHandshakeParser
{
    /// <summary>The only version on the wire, of all products from 3.0 on.</summary>
    private const int Major = 3;

    private const int MaxExtensions = 32;
    private const int MaxKeyBytes = 256;
    private const int MaxValueBytes = 8192;
    private const int MaxFeatureBytes = 256;

    public static bool TryParse(ReadOnlySpan<byte> payload, out IgniteHandshake? handshake, out IgniteError error)
    {
        handshake = null;
        error = IgniteError.Malformed;
        var reader = new MessagePackReader(payload);
        if (!TryVersion(ref reader, out bool isOurs))
        {
            return false;
        }

        if (!isOurs)
        {
            error = IgniteError.UnsupportedVersion;
            return false;
        }

        if (!reader.TryInt(out int code) || !reader.TryBinary(out ReadOnlySpan<byte> bits) || !reader.TryCount(out int count))
        {
            return false;
        }

        if (bits.Length > MaxFeatureBytes || count > MaxExtensions)
        {
            error = IgniteError.TooMany;
            return false;
        }

        var read = new IgniteHandshake { ClientCode = code, Features = IgniteFeatureMask.Read(bits) };
        error = ReadExtensions(ref reader, count, read);
        if (error == IgniteError.None && !reader.IsAtEnd)
        {
            error = IgniteError.Malformed;
        }

        if (error != IgniteError.None)
        {
            read.WipeSecrets();
            return false;
        }

        handshake = read;
        return true;
    }

    /// <summary>Three numbers, and whether they are 3, 0 and 0.</summary>
    internal static bool TryVersion(scoped ref MessagePackReader reader, out bool isOurs)
    {
        isOurs = false;
        if (!reader.TryInt(short.MinValue, short.MaxValue, out int major)
            || !reader.TryInt(short.MinValue, short.MaxValue, out int minor)
            || !reader.TryInt(short.MinValue, short.MaxValue, out int patch))
        {
            return false;
        }

        isOurs = major == Major && minor == 0 && patch == 0;
        return true;
    }

    internal static void WriteVersion(scoped ref MessagePackWriter values)
    {
        values.Number(Major);
        values.Number(0);
        values.Number(0);
    }

    private static IgniteError ReadExtensions(scoped ref MessagePackReader reader, int count, IgniteHandshake read)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryText(out ReadOnlySpan<byte> utf8))
            {
                return IgniteError.Malformed;
            }

            if (utf8.Length > MaxKeyBytes)
            {
                return IgniteError.TooMany;
            }

            string key = Encoding.UTF8.GetString(utf8);
            string known = Known(key);
            if (!seen.Add(known.Length > 0 ? known : key))
            {
                return IgniteError.DuplicateExtension;
            }

            IgniteError error = ReadValue(ref reader, known, read);
            if (error != IgniteError.None)
            {
                return error;
            }
        }

        return IgniteError.None;
    }

    private static IgniteError ReadValue(scoped ref MessagePackReader reader, string known, IgniteHandshake read)
    {
        if (known.Length == 0)
        {
            read.DroppedExtensions++;
            return reader.TrySkip() ? IgniteError.None : IgniteError.Malformed;
        }

        if (known == "compute-executor-id")
        {
            read.NamesExecutor = true; // whatever the value is
            return reader.TrySkip() ? IgniteError.None : IgniteError.Malformed;
        }

        if (!reader.TryText(out ReadOnlySpan<byte> value))
        {
            return IgniteError.Malformed;
        }

        if (value.Length > MaxValueBytes)
        {
            return IgniteError.TooMany;
        }

        switch (known)
        {
            case "authn-type":
                read.AuthenticationType = Encoding.UTF8.GetString(value);
                break;
            case "authn-identity":
                read.Identity = Encoding.UTF8.GetString(value);
                break;
            default:
                read.Secret = value.ToArray();
                break;
        }

        return IgniteError.None;
    }

    // Letter case of the key is as Java folds it. Java folds two letters beyond ASCII into ASCII ones (U+0130 to i with a dot,
    // U+212A to k), so a key that would be one of ours with them is taken as that key too: compute-executor-id above all.
    private static string Known(string key)
    {
        string plain = key.Replace('\u0130', 'i').Replace('\u0131', 'i').Replace('\u017f', 's').Replace('\u212a', 'k').ToLowerInvariant();
        return plain switch
        {
            "authn-type" or "authn-identity" or "authn-secret" or "compute-executor-id" => plain,
            _ => "",
        };
    }
}
