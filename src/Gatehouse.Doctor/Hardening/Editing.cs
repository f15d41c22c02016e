using System.Net;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening;

/// <summary>Small steps of edits. What says the right thing already is left as it is written.</summary>
internal static class Editing
{
    /// <summary>Sets a value unless the file says it already.</summary>
    public static ConfigDocument Put(this ConfigDocument document, string path, Literal value) =>
        EditCheck.Matches(document.Settings[path], value) ? document : document.Set(path, value);

    /// <summary>Sets a value where the file says something about it, and something else.</summary>
    public static ConfigDocument PutIfSet(this ConfigDocument document, string path, Literal value) =>
        document.Settings[path].IsSet ? document.Put(path, value) : document;

    /// <summary>Takes settings out.</summary>
    public static ConfigDocument Without(this ConfigDocument document, params ReadOnlySpan<string> paths)
    {
        foreach (string path in paths)
        {
            document = document.Settings[path].IsSet ? document.Remove(path) : document;
        }

        return document;
    }

    /// <summary>Whether an address as people write it (no name) is of this host alone.</summary>
    public static bool IsLoopback(string address) => address is "localhost" or "_local_" || (IPAddress.TryParse(address.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
}
