using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Finds the file of authorization rules that is in force.</summary>
internal static class AclReader
{
    /// <summary>Paths of the sources that are set; without any, the file source is there by default.</summary>
    public static string? FileOf(EmqxSubject emqx)
    {
        Setting sources = emqx["authorization.sources"];
        if (!sources.IsSet)
        {
            return "${EMQX_ETC_DIR}/acl.conf";
        }

        foreach (Setting source in sources.Children)
        {
            if (source.Child("type")?.Text == "file" && source.Child("enable")?.AsBoolean() != false)
            {
                return source.Child("path") is { } path ? path.Text : "${EMQX_ETC_DIR}/acl.conf";
            }
        }

        return null;
    }

    /// <summary>Reads it; null where no file source is in force.</summary>
    public static AclFile? Of(EmqxSubject emqx)
    {
        if (FileOf(emqx) is not { } written)
        {
            return null;
        }

        string path = emqx.Places.OnHost(written);
        return EmqxFile.Text(emqx.Host, path, out string? problem, out bool isMissing) is { } text
            ? AclFile.Read(path, text)
            : new AclFile(path, [], problem ?? "it cannot be read", isMissing);
    }
}
