using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;

namespace Gatehouse.Doctor.Hardening.Elasticsearch;

/// <summary>What OpenSearch's audit trail keeps: <c>audit.yml</c> of the security plugin, which is in force once it was loaded into the plugin's index.</summary>
internal static class OpenSearchAudit
{
    private const string Name = "opensearch-security/audit.yml";
    private const string Enabled = "config.enabled", Bodies = "config.audit.log_request_body";

    /// <summary>Edits it where it is there; says whether it is.</summary>
    public static bool Write(PlanDraft draft)
    {
        string path = draft.Beside(Name);
        if (draft.Optional(path) is not { } bytes)
        {
            return false;
        }

        var file = YamlFile.Read(bytes, path, YamlOptions.Plain);
        ConfigDocument edited = file.PutIfSet(Enabled, Literal.Boolean(true)).Put(Bodies, Literal.Boolean(false));
        draft.Put(file, edited);
        return true;
    }

    /// <summary>How it comes into force.</summary>
    public static void Step(PlanDraft draft, bool isWritten) => draft.Step(
        (isWritten ? "" : $"There is no {draft.Beside(Name)}: fetch the one in force with securityadmin.sh -backup DIR, and set {Bodies}: false in it (bodies bring documents into the trail). ")
        + $"Load {(isWritten ? draft.Beside(Name) : "it")} once, from one node: securityadmin.sh -f FILE -t audit with the administrator's certificate (that file alone, unless the whole folder is loaded for the first time).");
}
