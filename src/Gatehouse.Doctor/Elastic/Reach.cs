using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic;

/// <summary>Who reaches a port.</summary>
internal enum Reaching
{
    /// <summary>This host alone.</summary>
    Loopback,

    /// <summary>Others too.</summary>
    Exposed,

    /// <summary>It cannot be told.</summary>
    Unknown,
}

/// <summary>Who reaches a port, and where that was seen.</summary>
/// <param name="Kind">Who.</param>
/// <param name="Text">As the end of a sentence: <c>it listens on 0.0.0.0:9200</c>.</param>
/// <param name="Evidence">Where.</param>
internal sealed record Reach(Reaching Kind, string Text, ImmutableArray<Evidence> Evidence)
{
    /// <summary>Whether others reach it for certain.</summary>
    public bool IsExposed => Kind == Reaching.Exposed;

    /// <summary>What sockets of a process say, or null where none has a port of the range.</summary>
    public static Reach? Of(IEnumerable<SocketFact> sockets, (int First, int Last) ports)
    {
        SocketFact[] own = [.. sockets.Where(s => !s.IsUdp && s.EndPoint.Port >= ports.First && s.EndPoint.Port <= ports.Last)];
        SocketFact[] exposed = [.. own.Where(static s => s.IsExposed)];
        return exposed.Length > 0 ? new Reach(Reaching.Exposed, $"it listens on {exposed[0].EndPoint}", [.. exposed.Select(static s => Shown.Of(s, "listens"))])
            : own.Length > 0 ? new Reach(Reaching.Loopback, $"it listens on {own[0].EndPoint}", [.. own.Select(static s => Shown.Of(s, "listens"))])
            : null;
    }

    /// <summary>What a setting of addresses says.</summary>
    public static Reach Of(Setting setting, ElasticSubject subject)
    {
        if (setting.AsCommaTexts() is not { } words || setting.IsDoubtful())
        {
            return new Reach(Reaching.Unknown, $"`{setting.Path}` cannot be told", Shown.All(setting));
        }

        string? open = words.FirstOrDefault(word => !IsLoopback(word, subject));
        return open is null
            ? new Reach(Reaching.Loopback, $"`{setting.Path}` is a loopback address", Shown.All(setting))
            : new Reach(Reaching.Exposed, $"`{setting.Path}` is `{open}`", Shown.All(setting));
    }

    /// <summary>Whether an address, a name or a word of Elasticsearch such as <c>_local_</c> means this host alone.</summary>
    public static bool IsLoopback(string word, ElasticSubject subject)
    {
        string name = word.Trim().Trim('[', ']').ToLowerInvariant();
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            return IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        }

        return name is "localhost" or "_local_" or "_local:ipv4_" or "_local:ipv6_" or "_lo_" or "_lo:ipv4_" or "_lo:ipv6_" || IsLoopbackName(name, subject);
    }

    // Debian gives a host's own name a loopback address; the resolver behind the file is not asked.
    private static bool IsLoopbackName(string name, ElasticSubject subject)
    {
        bool isFound = false;
        foreach (string line in Encoding.UTF8.GetString(subject.Host.Read(subject.Root + "/etc/hosts").Bytes ?? []).Split('\n'))
        {
            string[] parts = line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > 1 && parts.Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase) && IPAddress.TryParse(parts[0], out IPAddress? address))
            {
                if (!IPAddress.IsLoopback(address))
                {
                    return false;
                }

                isFound = true;
            }
        }

        return isFound;
    }
}
