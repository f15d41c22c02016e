using Gatehouse.Engine.Configuration.Yaml;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>What OpenSearch's files are, by the member <c>_meta</c> that each has, else by their names.</summary>
internal static class OpenSearchFiles
{
    public const string Roles = "roles";
    public const string Mappings = "rolesmapping";
    public const string Users = "internalusers";
    public const string Groups = "actiongroups";

    private const string Meta = "_meta";

    /// <summary>Which of the four it is, or another word.</summary>
    public static string KindOf(ForeignFile file)
    {
        if (file.Root.Find(Meta) is YamlMapping meta && meta.Find("type") is YamlScalar type)
        {
            return type.Text;
        }

        return Path.GetFileNameWithoutExtension(file.Source).ToLowerInvariant() switch
        {
            "roles" => Roles,
            "roles_mapping" => Mappings,
            "internal_users" => Users,
            "action_groups" => Groups,
            _ => "",
        };
    }

    /// <summary>All but <c>_meta</c>.</summary>
    public static IEnumerable<YamlEntry> Entries(ForeignFile file) => file.Root.Entries.Where(static entry => entry.Key.Text != Meta);
}
