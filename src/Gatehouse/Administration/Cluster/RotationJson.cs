using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gatehouse.Administration.Cluster;

/// <summary>Rotations as JSON, with the rules of <see cref="AdminJson"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 8,
    Converters = [typeof(TimeConverter)])]
[JsonSerializable(typeof(RotationStatusResponse))]
[JsonSerializable(typeof(RotationStepRequest))]
[JsonSerializable(typeof(CertificatesResponse))]
public sealed partial class RotationJson : JsonSerializerContext
{
    /// <summary>For reading answers: a newer daemon may say more than this client knows.</summary>
    public static RotationJson Lenient => LenientHolder.Instance;

    // A class of its own, because the order in which two files of a partial class initialise their statics is not defined.
    private static class LenientHolder
    {
        public static readonly RotationJson Instance = new(new JsonSerializerOptions(Default.Options)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        });
    }
}
